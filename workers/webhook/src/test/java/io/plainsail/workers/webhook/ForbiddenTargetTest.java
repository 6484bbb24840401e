package io.plainsail.workers.webhook;

import static io.plainsail.workers.webhook.Deliveries.address;
import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ForbiddenTargetTest {
    private static final WebhookConfig ANY_PORT =
            WebhookConfig.withKeys(Map.of("default", Deliveries.KEY)).openTo(List.of());
    private static final WebhookConfig ONLY_127_0_0_1 =
            WebhookConfig.withKeys(Map.of("default", Deliveries.KEY)).openTo(List.of(Cidr.of("127.0.0.1/32")));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "localhost",
                "LocalHost",
                "2130706433",
                "0x7f000001",
                "0177.0.0.1",
                "127.1",
                "0.0.0.0",
                "[::1]",
                "[0:0:0:0:0:0:0:1]",
                "[::]",
                "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]",
                "[0:0:0:0:0:ffff:127.0.0.1]",
                "[::127.0.0.1]",
                "[64:ff9b::127.0.0.1]",
                "[2002:7f00:1::]"
            })
    void everyFormOfThisMachineIsRefusedWithoutAConnection(String host) {
        try (RawReceiver receiver = RawReceiver.saying("HTTP/1.1 204 No Content\r\n\r\n");
                Deliveries deliveries = Deliveries.with(ANY_PORT)) {
            String url = receiver.url("/T0KEN").replace("127.0.0.1", host);
            JobFailedException e = deliveries.failureOf(FakeJob.of(url, "{}"));
            assertThat(e.category()).isEqualTo(ErrorCategory.REJECTED);
            assertThat(e.code()).isEqualTo("forbidden-address");
            assertThat(e.getMessage()).doesNotContain("T0KEN");
            assertThat(receiver.connections).hasValue(0);
        }
    }

    @Test
    void mappedFormIsRefusedEvenWhereIpv4IsAllowed() {
        try (RawReceiver receiver = RawReceiver.saying("HTTP/1.1 204 No Content\r\n\r\n");
                Deliveries deliveries = Deliveries.with(Deliveries.OPEN)) {
            String url = receiver.url("/").replace("127.0.0.1", "[::ffff:127.0.0.1]");
            assertThat(deliveries.failureOf(FakeJob.of(url, "{}"))).hasMessageContaining("IPv4-mapped (::ffff:0:0/96)");
            assertThat(receiver.connections).hasValue(0);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.1",
                "169.254.169.254",
                "100.64.0.1",
                "fd00:ec2::254",
                "fe80::1",
                "64:ff9b::a9fe:a9fe",
                "2002:a9fe:a9fe::1"
            })
    void nameOfAForbiddenAddressIsRefusedByRule(String address) {
        try (Deliveries deliveries = Deliveries.with(ANY_PORT, host -> List.of(address(address)))) {
            JobFailedException e = deliveries.failureOf(FakeJob.of("https://hooks.example.com/", "{}"));
            assertThat(e.code()).isEqualTo("forbidden-address");
            assertThat(e.getMessage())
                    .contains("https://hooks.example.com has an address")
                    .contains("/")
                    .as("a caller must not map the inner network")
                    .doesNotContain(address);
        }
    }

    @Test
    void oneForbiddenAddressAmongAllowedOnesRefusesTheHost() {
        for (List<InetAddress> answers : List.of(
                List.of(address("127.0.0.1"), address("10.0.0.1")),
                List.of(address("10.0.0.1"), address("127.0.0.1")))) {
            try (RawReceiver receiver = RawReceiver.saying("HTTP/1.1 204 No Content\r\n\r\n");
                    Deliveries deliveries = Deliveries.with(ONLY_127_0_0_1, host -> answers)) {
                String url = receiver.url("/").replace("127.0.0.1", "hooks.example.com");
                assertThat(deliveries.failureOf(FakeJob.of(url, "{}"))).hasMessageContaining("private (10.0.0.0/8)");
                assertThat(receiver.connections).hasValue(0);
            }
        }
    }

    @Test
    void reboundNameIsCheckedAtEveryDialAndAskedOncePerDial() throws Exception {
        Deque<InetAddress> answers = new ArrayDeque<>(List.of(address("127.0.0.1"), address("127.0.0.2")));
        AtomicInteger asked = new AtomicInteger();
        try (Receiver allowed = Receiver.answering(200, "Connection", "close");
                Receiver inner = Receiver.at("127.0.0.2", allowed.port(), (exchange, body) -> {});
                Deliveries deliveries = Deliveries.with(ONLY_127_0_0_1, host -> {
                    asked.incrementAndGet();
                    return List.of(answers.remove());
                })) {
            FakeJob job = FakeJob.of("http://rebind.example.com:" + allowed.port() + "/", "{}");
            deliveries.deliver(job);
            assertThat(asked).hasValue(1);
            assertThat(deliveries.failureOf(job.nextAttempt())).hasMessageContaining("loopback (127.0.0.0/8)");
            assertThat(asked).hasValue(2);
            assertThat(allowed.requests).hasSize(1);
            assertThat(inner.requests).isEmpty();
        }
    }

    @Test
    void checkedAddressIsTheDialledOneAndTheNameIsTheHostHeader() throws Exception {
        try (Receiver receiver = Receiver.answering(200);
                Deliveries deliveries = Deliveries.with(ONLY_127_0_0_1, host -> List.of(address("127.0.0.1")))) {
            deliveries.deliver(FakeJob.of("http://hooks.example.com:" + receiver.port() + "/", "{}"));
            assertThat(receiver.requests.get(0).headers)
                    .containsEntry("Host", List.of("hooks.example.com:" + receiver.port()));
        }
    }

    @Test
    void ipv6LiteralIsDialledWhereAllowed() throws Exception {
        try (Receiver receiver = Receiver.at("::1", 0, (exchange, body) -> exchange.sendResponseHeaders(200, -1));
                Deliveries deliveries = Deliveries.open()) {
            deliveries.deliver(FakeJob.of("http://[::1]:" + receiver.port() + "/", "{}"));
            assertThat(receiver.requests.get(0).headers).containsEntry("Host", List.of("[::1]:" + receiver.port()));
        }
    }

    @Test
    void closedConfigurationRefusesHttpAndOddPortsBeforeAnyLookUp() {
        AtomicInteger asked = new AtomicInteger();
        WebhookConfig closed = WebhookConfig.withKeys(Map.of("default", Deliveries.KEY));
        try (Deliveries deliveries = Deliveries.with(closed, host -> {
            asked.incrementAndGet();
            return List.of();
        })) {
            JobFailedException http = deliveries.failureOf(FakeJob.of("http://example.com/", "{}"));
            assertThat(http.code()).isEqualTo("forbidden-scheme");
            assertThat(http.category()).isEqualTo(ErrorCategory.REJECTED);
            JobFailedException port = deliveries.failureOf(FakeJob.of("https://example.com:25/", "{}"));
            assertThat(port.code()).isEqualTo("forbidden-port");
            assertThat(port.category()).isEqualTo(ErrorCategory.REJECTED);
            assertThat(asked).hasValue(0);
        }
    }
}
