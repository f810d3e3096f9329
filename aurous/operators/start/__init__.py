"""The admin's start page: how the installation is doing, and what needs somebody first."""
