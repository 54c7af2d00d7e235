"""OpenAI's HTTP API on loopback: responses are tasks, and chat completions share the model with them."""
