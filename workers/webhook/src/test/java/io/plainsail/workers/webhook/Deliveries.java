package io.plainsail.workers.webhook;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.worker.JobFailedException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** A handler wired for tests: a still clock, the loopback addresses allowed. */
final class Deliveries implements AutoCloseable {
    static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    static final SigningKey KEY = SigningKey.of(SECRET);
    static final Clock CLOCK = Clock.fixed(FakeJob.NOW, ZoneOffset.UTC);
    static final WebhookConfig OPEN =
            WebhookConfig.withKeys(Map.of("default", KEY)).openTo(List.of(Cidr.of("127.0.0.0/8"), Cidr.of("::1/128")));

    final WebhookHandler handler;

    private Deliveries(WebhookHandler handler) {
        this.handler = handler;
    }

    static Deliveries open() {
        return with(OPEN);
    }

    static Deliveries with(WebhookConfig config) {
        return with(config, GuardedDnsResolver.Lookup.system());
    }

    static Deliveries with(WebhookConfig config, GuardedDnsResolver.Lookup names) {
        try {
            return with(config, names, SSLContext.getDefault());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static Deliveries with(WebhookConfig config, GuardedDnsResolver.Lookup names, SSLContext tls) {
        GuardedDnsResolver guarded = new GuardedDnsResolver(names, AddressPolicy.of(config));
        return new Deliveries(new WebhookHandler(config, CLOCK, DeliveryClient.open(config, guarded, tls)));
    }

    JsonNode deliver(FakeJob job) throws Exception {
        return handler.handle(job).output();
    }

    JobFailedException failureOf(FakeJob job) {
        return catchThrowableOfType(JobFailedException.class, () -> handler.handle(job));
    }

    static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Override
    public void close() {
        handler.close();
    }
}
