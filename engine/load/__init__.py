"""What people write -> Regulation and Case."""
