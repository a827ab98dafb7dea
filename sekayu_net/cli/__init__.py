"""The command line: arguments in, exit codes out. No logic, and nobody else imports it."""
