"""What is out there: offices, devices, links and addresses."""
