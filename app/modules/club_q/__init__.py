"""Club Q: tickets for the theatre and the opera, shared out by what people wish."""
