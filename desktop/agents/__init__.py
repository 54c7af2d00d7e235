"""What each kind of task does, written as plain async functions of journaled steps."""
