package io.plainsail.workers.webhook;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpConnection;
import org.apache.hc.core5.http2.frame.FrameType;
import org.apache.hc.core5.http2.frame.RawFrame;
import org.apache.hc.core5.http2.impl.nio.H2StreamListener;

/**
 * Bounds what a receiver may send on an HTTP/2 connection for one request, whatever frames it is made of. An answer that
 * is of use to us fits many times over; a flood of PING or SETTINGS, each of which has to be acknowledged, does not, and
 * would be kept in memory by a client whose acknowledgements nobody reads. What is thrown here ends the connection.
 * Thread-safe.
 */
final class FrameBound implements H2StreamListener {
    static final int MAX_BYTES = 256 * 1024;

    private static final int FRAME_HEAD_BYTES = 9;

    /** A request that goes out begins a new count. */
    private static final class Received {
        private int stream;
        private int bytes;
    }

    /** Ends a connection that is flooded. */
    static final class FloodException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        FloodException() {
            super("more than " + MAX_BYTES + " bytes of HTTP/2 frames for one request");
        }
    }

    /** The receiver has told that it will not look at the request that is under way: it was not processed. */
    static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RefusedException() {
            super("GOAWAY before the request");
        }
    }

    private final Map<HttpConnection, Received> connections = Collections.synchronizedMap(new WeakHashMap<>());

    @Override
    public void onHeaderOutput(HttpConnection connection, int streamId, List<? extends Header> headers) {
        Received received = received(connection);
        synchronized (received) {
            received.stream = streamId;
            received.bytes = 0;
        }
    }

    @Override
    public void onFrameInput(HttpConnection connection, int streamId, RawFrame frame) {
        Received received = received(connection);
        synchronized (received) {
            received.bytes += FRAME_HEAD_BYTES + frame.getLength();
            if (received.bytes > MAX_BYTES) {
                throw new FloodException();
            }
            if (frame.isType(FrameType.GOAWAY) && lastProcessed(frame) < received.stream) {
                throw new RefusedException();
            }
        }
    }

    @Override
    public void onHeaderInput(HttpConnection connection, int streamId, List<? extends Header> headers) {}

    @Override
    public void onFrameOutput(HttpConnection connection, int streamId, RawFrame frame) {}

    @Override
    public void onInputFlowControl(HttpConnection connection, int streamId, int delta, int actualSize) {}

    @Override
    public void onOutputFlowControl(HttpConnection connection, int streamId, int delta, int actualSize) {}

    private Received received(HttpConnection connection) {
        return connections.computeIfAbsent(connection, unused -> new Received());
    }

    private static int lastProcessed(RawFrame goAway) {
        ByteBuffer payload = goAway.getPayload();
        return payload == null || payload.remaining() < 4 ? Integer.MAX_VALUE : payload.getInt() & Integer.MAX_VALUE;
    }
}
