"""What Club Q gives out: tables, sheets, invoices."""
