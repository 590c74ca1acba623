"""The browser phone: a page that calls the line with the browser's microphone. A test line only: nobody is rung.

``endpoint.PhoneEndpoint`` serves the page and makes a ``line.stream.line.StreamLine`` of each call.
"""
