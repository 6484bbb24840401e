package io.plainsail.facade.http;

import io.plainsail.contracts.json.StrictJson;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** What Jetty refuses before a request reaches the API (a malformed line, too long headers) is a problem document too. */
public final class HttpErrors extends ErrorHandler {

    @Override
    protected boolean generateAcceptableResponse(
            Request request,
            Response response,
            Callback callback,
            String contentType,
            List<Charset> charsets,
            int code,
            String message,
            Throwable cause) {
        byte[] body;
        try {
            body = StrictJson.mapper().writeValueAsBytes(Problem.ofStatus(code, message));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            body = "{}".getBytes(StandardCharsets.UTF_8);
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Problem.MEDIA_TYPE);
        if (!request.getConnectionMetaData().isPersistent()) {
            // Jetty says so only where it got as far as the request's HTTP version: not of an address that is too long.
            response.getHeaders().put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
        }
        response.write(true, ByteBuffer.wrap(body), callback);
        return true;
    }
}
