package io.plainsail.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.plainsail.client.FacadeHttp.Call;
import io.plainsail.client.FacadeHttp.Repeat;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Calls with JSON on both sides. Thread-safe. */
final class JsonCalls {
    private static final String MEDIA_TYPE = "application/json";

    private final FacadeHttp http;
    private final ObjectMapper json;

    JsonCalls(FacadeHttp http, ObjectMapper json) {
        this.http = http;
        this.json = json;
    }

    /** Items on one page, and the path of the next one; no path on the last. */
    record Page<T>(List<T> items, String next) {}

    JsonNode get(String path) {
        return send(Call.get(path));
    }

    JsonNode post(String path, byte[] body, Repeat repeat) {
        return send(Call.post(path, body, MEDIA_TYPE, repeat));
    }

    JsonNode send(Call call) {
        byte[] body = http.send(call).body();
        try {
            JsonNode answer = json.readTree(body);
            if (answer.isContainerNode()) {
                return answer;
            }
        } catch (IOException e) {
            throw Views.notUnderstood("no JSON", e).withKey(call.key());
        }
        throw Views.notUnderstood("neither an object nor an array", null).withKey(call.key());
    }

    /** Whatever is answered but a refusal. */
    void sendOnly(Call call) {
        http.send(call);
    }

    byte[] bytes(Object value) {
        try {
            return json.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the input cannot be written as JSON: " + e.getOriginalMessage(), e);
        }
    }

    static String escaped(String pathPart) {
        return URLEncoder.encode(pathPart, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** All items, a page at a time as they are asked for. */
    static <T> Stream<T> pages(String first, Function<String, Page<T>> fetch) {
        Iterator<T> all = new Iterator<>() {
            private Iterator<T> page = List.<T>of().iterator();
            private String following = first;

            @Override
            public boolean hasNext() {
                while (!page.hasNext() && !following.isEmpty()) {
                    Page<T> fetched = fetch.apply(following);
                    page = fetched.items().iterator();
                    following = checked(fetched.next());
                }
                return page.hasNext();
            }

            @Override
            public T next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return page.next();
            }
        };
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(all, Spliterator.ORDERED), false);
    }

    /** The key must not go elsewhere, whatever a link says. */
    private static String checked(String path) {
        if (!path.isEmpty() && !path.startsWith("/v1/")) {
            throw Views.notUnderstood("the next page is at \"" + path + "\"", null);
        }
        return path;
    }
}
