package io.plainsail.bench.load;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A kept connection to a service on this machine; one request at a time. For one thread. */
public final class HttpConnection implements Closeable {
    private static final int TIMEOUT_MILLIS = 60_000;

    private final Socket socket;
    private final OutputStream out;
    private final ResponseReader reader;

    private HttpConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.out = socket.getOutputStream();
        this.reader = new ResponseReader(socket.getInputStream());
    }

    public static HttpConnection open(int port) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            return new HttpConnection(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Sends bytes that are a whole request and reads the response; {@link #response} has its body. */
    int exchange(byte[] request) throws IOException {
        out.write(request);
        return reader.read();
    }

    /** The last response. */
    ResponseReader response() {
        return reader;
    }

    /**
     * One GET on a connection of its own.
     *
     * @return the body if the status is 200, else empty
     */
    public static String get(int port, String path) {
        try (HttpConnection connection = open(port)) {
            return connection.exchange(getRequest(path)) == 200
                    ? connection.response().body()
                    : "";
        } catch (IOException e) {
            throw new UncheckedIOException("GET " + path + " on port " + port + ": " + e.getMessage(), e);
        }
    }

    static byte[] getRequest(String path) {
        return ("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
