package io.plainsail.workers.ansible;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.worker.JobContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fact caches as the versions of Ansible write them. */
class FactsTest {
    private static final String FACTS = "{\"name\":\"Zoë\",\"sizes\":[1,2],\"more\":{\"a\":null}}";

    @TempDir
    Path cache;

    private Facts read(String... wanted) throws Exception {
        ObjectNode hosts = JobContext.MAPPER.createObjectNode();
        hosts.putObject("web1");
        return Facts.read(cache, hosts, Set.of(wanted), Secrets.read(null, Map.of()));
    }

    @Test
    void aPlainCacheIsRead() throws Exception {
        Files.writeString(cache.resolve("web1"), FACTS);
        Facts facts = read("name", "sizes", "more", "absent");
        assertThat(facts.byHost().get("web1")).isEqualTo(JobContext.MAPPER.readTree(FACTS));
        assertThat(facts.truncated()).isFalse();
    }

    @Test
    void theCacheOfAnsible219IsReadWithoutItsEnvelopeAndNotes() throws Exception {
        String tagged = "{\"name\":{\"__ansible_type\":\"_AnsibleTaggedStr\",\"value\":\"Zoë\",\"tags\":"
                + "[{\"__ansible_type\":\"Origin\",\"path\":\"/x\"}]},\"sizes\":[{\"__ansible_type\":"
                + "\"_AnsibleTaggedInt\",\"value\":1,\"tags\":[]},2],\"more\":{\"__ansible_type\":"
                + "\"_AnsibleTaggedDict\",\"value\":{\"a\":null},\"tags\":[]}}";
        Files.writeString(
                cache.resolve("s1_web1"),
                JobContext.MAPPER.createObjectNode().put("__payload__", tagged).toString());
        Facts facts = read("name", "sizes", "more", "absent");
        assertThat(facts.byHost().get("web1")).isEqualTo(JobContext.MAPPER.readTree(FACTS));
        assertThat(facts.truncated()).isFalse();
    }

    @Test
    void whatIsNoCacheIsLeftOutAndSaidToBe() throws Exception {
        Files.writeString(cache.resolve("s1_web1"), "{\"__payload__\":\"{\"}");
        Facts facts = read("name");
        assertThat(facts.byHost()).isEmpty();
        assertThat(facts.truncated()).isTrue();
    }
}
