package io.plainsail.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads HTTP/1.1 responses (RFC 9112) off a connection that is kept, one after the other: status and body, no more.
 * Cheap: the client's CPU time is taken from what it measures. For one thread.
 */
final class ResponseReader {
    private static final int MAX_LINE = 16 * 1024;
    private static final byte[] VERSION = ascii("http/1.1 ");
    private static final byte[] CONTENT_LENGTH = ascii("content-length:");
    private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding:");

    private final InputStream in;

    /** Read and not yet used: from {@link #next} up to {@link #end}. */
    private final byte[] buffer = new byte[64 * 1024];

    private int next;
    private int end;

    /** The last line that was read, without its end. */
    private final byte[] line = new byte[MAX_LINE];

    private int lineLength;

    /** Of the last response. */
    private byte[] body = new byte[4 * 1024];

    private int bodyLength;

    ResponseReader(InputStream in) {
        this.in = in;
    }

    /**
     * Reads the next response.
     *
     * @return its status
     * @throws IOException if the connection ends, or this is not a response with a length or in chunks
     */
    int read() throws IOException {
        readLine();
        int status = status();
        long length = -1;
        boolean chunked = false;
        for (readLine(); lineLength > 0; readLine()) {
            if (lineStartsWith(CONTENT_LENGTH)) {
                length = Long.parseLong(lineAfter(CONTENT_LENGTH));
            } else if (lineStartsWith(TRANSFER_ENCODING)) {
                chunked = lineAfter(TRANSFER_ENCODING).equalsIgnoreCase("chunked");
            }
        }
        bodyLength = 0;
        if (chunked) {
            readChunks();
        } else if (length >= 0) {
            readBody(Math.toIntExact(length));
        } else if (status != 204 && status != 304) {
            throw new IOException("a response of status " + status + " has neither a length nor chunks");
        }
        return status;
    }

    /** The last response's body. */
    String body() {
        return new String(body, 0, bodyLength, StandardCharsets.UTF_8);
    }

    /** The number behind the first {@code key} in the last response's body, such as {@code "accepted":}; -1 if none. */
    long numberAfter(byte[] key) {
        int at = find(key);
        if (at < 0) {
            return -1;
        }
        long number = -1;
        for (int i = at + key.length; i < bodyLength && body[i] >= '0' && body[i] <= '9'; i++) {
            number = Math.max(0, number) * 10 + (body[i] - '0');
        }
        return number;
    }

    /** Whether the last response's body holds these bytes. */
    boolean bodyHas(byte[] text) {
        return find(text) >= 0;
    }

    private int find(byte[] text) {
        for (int from = 0; from <= bodyLength - text.length; from++) {
            if (Arrays.equals(body, from, from + text.length, text, 0, text.length)) {
                return from;
            }
        }
        return -1;
    }

    private int status() throws IOException {
        int status = 0;
        for (int i = VERSION.length; i < VERSION.length + 3 && i < lineLength; i++) {
            status = status * 10 + (line[i] - '0');
        }
        if (!lineStartsWith(VERSION) || status < 100 || status > 599) {
            String start = new String(line, 0, Math.min(lineLength, 40), StandardCharsets.US_ASCII);
            throw new IOException("a response begins with \"" + start + "\": expected HTTP/1.1 and a status");
        }
        return status;
    }

    private void readChunks() throws IOException {
        while (true) {
            readLine();
            int semicolon = indexInLine((byte) ';');
            String size = new String(line, 0, semicolon < 0 ? lineLength : semicolon, StandardCharsets.US_ASCII).trim();
            int length = Integer.parseInt(size, 16);
            if (length == 0) {
                break;
            }
            readBody(length);
            readLine();
        }
        while (lineLength > 0) { // trailers
            readLine();
        }
    }

    /** Adds that many bytes to the body. */
    private void readBody(int length) throws IOException {
        if (bodyLength + length > body.length) {
            body = Arrays.copyOf(body, Math.max(bodyLength + length, 2 * body.length));
        }
        int missing = length;
        while (missing > 0) {
            if (next == end) {
                fill();
            }
            int part = Math.min(missing, end - next);
            System.arraycopy(buffer, next, body, bodyLength, part);
            next += part;
            bodyLength += part;
            missing -= part;
        }
    }

    private void readLine() throws IOException {
        lineLength = 0;
        while (true) {
            if (next == end) {
                fill();
            }
            byte one = buffer[next++];
            if (one == '\n') {
                if (lineLength > 0 && line[lineLength - 1] == '\r') {
                    lineLength--;
                }
                return;
            }
            if (lineLength == MAX_LINE) {
                throw new IOException("a line of a response is longer than " + MAX_LINE + " bytes");
            }
            line[lineLength++] = one;
        }
    }

    private void fill() throws IOException {
        next = 0;
        end = Math.max(0, in.read(buffer));
        if (end == 0) {
            throw new EOFException("the server closed the connection");
        }
    }

    private boolean lineStartsWith(byte[] lowerCase) {
        if (lineLength < lowerCase.length) {
            return false;
        }
        for (int i = 0; i < lowerCase.length; i++) {
            byte one = line[i];
            if ((one >= 'A' && one <= 'Z' ? one + 32 : one) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }

    private String lineAfter(byte[] name) {
        return new String(line, name.length, lineLength - name.length, StandardCharsets.US_ASCII).trim();
    }

    private int indexInLine(byte wanted) {
        for (int i = 0; i < lineLength; i++) {
            if (line[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
