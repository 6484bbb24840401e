package io.plainsail.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Stands before a facade and does to each request, in order, what the test has prepared; to all others nothing. One request
 * on a connection.
 */
final class FaultyProxy implements AutoCloseable {
    private final URI facade;
    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Queue<Fault> faults = new ConcurrentLinkedQueue<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    final List<Request> requests = new CopyOnWriteArrayList<>();

    FaultyProxy(URI facade) throws IOException {
        this.facade = facade;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    /** What came. */
    record Request(String head, byte[] body) {
        String line() {
            return head.lines().findFirst().orElseThrow();
        }

        String header(String name) {
            return head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ": "))
                    .map(line -> line.substring(name.length() + 2))
                    .findFirst()
                    .orElse("");
        }
    }

    /** What is done to a request. */
    interface Fault {
        void serve(FaultyProxy proxy, Request request, Socket caller) throws IOException;

        /** The facade takes the request and answers; the caller's connection is cut before anything of that comes. */
        static Fault loseAnswer() {
            return (proxy, request, caller) -> {
                try (Socket facade = proxy.forward(request)) {
                    facade.getInputStream().readAllBytes();
                }
            };
        }

        /** The request goes no further than here. */
        static Fault dropRequest() {
            return (proxy, request, caller) -> {};
        }

        /** An answer of the proxy's own. */
        static Fault answer(String statusAndHeaders, String body) {
            return (proxy, request, caller) -> caller.getOutputStream()
                    .write(("HTTP/1.1 " + statusAndHeaders + "\r\nConnection: close\r\nContent-Length: "
                                    + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.UTF_8));
        }

        /** The facade's answer is cut off so many bytes after the first place where it holds the text. */
        static Fault cutAfter(String text, int bytes) {
            return (proxy, request, caller) -> {
                try (Socket facade = proxy.forward(request)) {
                    relay(facade.getInputStream(), caller.getOutputStream(), text, bytes);
                }
            };
        }

        /** As {@link #cutAfter}, but the connection stays and nothing comes any more. */
        static Fault silenceAfter(String text, int bytes) {
            return (proxy, request, caller) -> {
                try (Socket facade = proxy.forward(request)) {
                    relay(facade.getInputStream(), caller.getOutputStream(), text, bytes);
                }
                // Until the caller gives up.
                caller.getInputStream().read();
            };
        }
    }

    private static void relay(InputStream from, OutputStream to, String text, int bytes) throws IOException {
        StringBuilder seen = new StringBuilder();
        int left = -1;
        for (int next = from.read(); next >= 0 && left != 0; next = from.read()) {
            to.write(next);
            seen.append((char) next);
            if (left > 0) {
                left--;
            } else if (left < 0 && seen.indexOf(text, Math.max(0, seen.length() - text.length())) >= 0) {
                left = bytes;
            }
        }
        to.flush();
    }

    FaultyProxy next(Fault... prepared) {
        faults.addAll(List.of(prepared));
        return this;
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket caller = server.accept();
                open.add(caller);
                threads.execute(() -> serve(caller));
            } catch (IOException e) {
                // Closed: the test has ended.
            }
        }
    }

    private void serve(Socket caller) {
        try (caller) {
            Request request = read(new BufferedInputStream(caller.getInputStream()));
            requests.add(request);
            Fault fault = faults.poll();
            if (fault != null) {
                fault.serve(this, request, caller);
                return;
            }
            try (Socket to = forward(request)) {
                to.getInputStream().transferTo(caller.getOutputStream());
            }
        } catch (IOException e) {
            // The caller, or the facade, has gone.
        }
    }

    private static Request read(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no request came");
            }
            head.write(next);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        String length = new Request(text, new byte[0]).header("Content-Length");
        return new Request(text, in.readNBytes(length.isEmpty() ? 0 : Integer.parseInt(length)));
    }

    private Socket forward(Request request) throws IOException {
        Socket to = new Socket(facade.getHost(), facade.getPort());
        open.add(to);
        String head = request.head()
                .replaceAll("(?im)^Connection: .*\r\n", "")
                .replaceFirst("\r\n", "\r\nConnection: close\r\n");
        to.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
        to.getOutputStream().write(request.body());
        to.getOutputStream().flush();
        return to;
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : open) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.shutdown();
    }
}
