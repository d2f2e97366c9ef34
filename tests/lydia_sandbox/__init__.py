"""The payment provider to practise on."""
