"""The frame of the operators' admin: way in, host, start page, search and roles."""
