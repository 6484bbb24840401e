package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.worker.JobContext;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BakeKeyTest {
    private static final BaseImage BASE = new BaseImage("base.img", "none", "aa");

    private static BakeKey key(String variables) throws Exception {
        Map<String, JsonNode> map = new HashMap<>();
        JobContext.MAPPER.readTree(variables).properties().forEach(each -> map.put(each.getKey(), each.getValue()));
        return new BakeKey("digest", ".", map, Map.of("p", "s"), List.of("a", "b"), List.of(), BASE, "1.6.6");
    }

    @Test
    void everyInputChangesTheKey() throws Exception {
        BakeKey k = key("{\"a\":\"1\"}");
        Map<String, JsonNode> v = k.variables();
        List<BakeKey> others = List.of(
                k,
                new BakeKey("other", ".", v, k.secrets(), k.only(), k.except(), BASE, "1.6.6"),
                new BakeKey("digest", "x", v, k.secrets(), k.only(), k.except(), BASE, "1.6.6"),
                key("{\"a\":\"2\"}"),
                key("{\"a\":1}"),
                key("{\"a\":\"1\",\"b\":\"1\"}"),
                key("{\"b\":\"1\"}"),
                key("{\"a\":[\"1\"]}"),
                key("{\"a\":{\"1\":\"\"}}"),
                new BakeKey("digest", ".", v, Map.of("p", "t"), k.only(), k.except(), BASE, "1.6.6"),
                new BakeKey("digest", ".", v, Map.of(), k.only(), k.except(), BASE, "1.6.6"),
                new BakeKey("digest", ".", v, k.secrets(), List.of("a"), k.except(), BASE, "1.6.6"),
                new BakeKey("digest", ".", v, k.secrets(), List.of(), List.of("a", "b"), BASE, "1.6.6"),
                new BakeKey("digest", ".", v, k.secrets(), k.only(), k.except(), BASE, "1.7.0"),
                new BakeKey(
                        "digest", ".", v, k.secrets(), k.only(), k.except(), new BaseImage("b", "none", "aa"), "1.6.6"),
                new BakeKey(
                        "digest",
                        ".",
                        v,
                        k.secrets(),
                        k.only(),
                        k.except(),
                        new BaseImage("base.img", "sha256:1", "aa"),
                        "1.6.6"),
                new BakeKey(
                        "digest",
                        ".",
                        v,
                        k.secrets(),
                        k.only(),
                        k.except(),
                        new BaseImage("base.img", "none", "bb"),
                        "1.6.6"));
        Set<String> keys = new HashSet<>();
        others.forEach(each -> keys.add(each.hex()));
        assertThat(keys).hasSameSizeAs(others).allMatch(each -> each.matches("[0-9a-f]{64}"));
    }

    @Test
    void orderOfFieldsAndBuildsDoesNotChangeIt() throws Exception {
        BakeKey one = key("{\"a\":{\"x\":1,\"y\":[1,2]},\"b\":true}");
        BakeKey two = key("{\"b\":true,\"a\":{\"y\":[1,2],\"x\":1}}");
        assertThat(one.hex()).isEqualTo(two.hex());
        BakeKey turned =
                new BakeKey("digest", ".", one.variables(), one.secrets(), List.of("b", "a"), List.of(), BASE, "1.6.6");
        assertThat(turned.hex()).isEqualTo(one.hex());
    }
}
