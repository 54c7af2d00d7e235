"""Models on other servers: whatever answers OpenAI's API, under an address that the person listed.

The doors: `EndpointChoice` (what the settings hold of one), `EndpointModels` (what the engine asks), `try_endpoint`.
The HTTP client comes with the first question, as it does for the models here.
"""
