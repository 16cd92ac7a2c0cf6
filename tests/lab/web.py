# SPDX-License-Identifier: ISC
"""What every web server of the lab is: threads of its own, `with`, and an end that hangs nowhere."""

import http.server
import threading


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


class Web:
    """start() of a subclass calls serve(); a handler that hangs on purpose waits for `stopping`."""

    def __init__(self):
        self.stopping = threading.Event()

    def serve(self, handler, address, tls=None, server=Server):
        self.server = server(address, handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

    def stop(self):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
