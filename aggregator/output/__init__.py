"""What people and programs see of a verb: tables and progress, or plain lines, or JSON lines."""
