"""Small faults put into the code one at a time: which of them no test notices."""
