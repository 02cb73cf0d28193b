"""What workers do: functions of a desk and plain arguments. They know nothing of HTTP."""
