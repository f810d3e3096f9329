"""The pages of API keys. They stand here because a key's form offers models of the catalog."""
