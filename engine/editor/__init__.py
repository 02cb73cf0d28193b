"""What an editor of policies, tests and cases shows while a person types: pure functions over a frozen workspace."""
