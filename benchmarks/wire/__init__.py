"""What the load generator speaks: HTTP/1.1 and WebSocket, by hand, since it must be cheap."""
