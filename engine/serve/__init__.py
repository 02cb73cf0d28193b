"""The door: one process that answers browsers and programs over HTTP. `app.create_app` puts it together."""
