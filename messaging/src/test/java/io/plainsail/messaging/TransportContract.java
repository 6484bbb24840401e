package io.plainsail.messaging;

import static io.plainsail.messaging.RecordingListener.PATIENCE;
import static io.plainsail.messaging.RecordingListener.message;
import static io.plainsail.messaging.RecordingListener.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every transport does. One subclass per technology. Each test has a job type, and so a queue, of its own. */
public abstract class TransportContract {
    private static final AtomicInteger TYPES = new AtomicInteger();

    static {
        Awaitility.setDefaultPollInterval(Duration.ofMillis(5));
        Awaitility.setDefaultPollDelay(Duration.ZERO);
    }

    protected Transport transport = unopened();
    private final List<Transport> others = new ArrayList<>();

    protected Destination jobs = Destination.events();

    /** A transport that reaches the same carrier as every other one that the test opens. */
    protected abstract Transport open();

    /** A second process, as it were. The same transport where the carrier ends with the process. */
    protected abstract Transport openAnother();

    private static Transport unopened() {
        return EmbeddedTransport.create();
    }

    @BeforeEach
    void openTransport() {
        transport.close();
        transport = open();
        jobs = Destination.jobs(
                new JobType("test." + getClass().getSimpleName().toLowerCase(Locale.ROOT), TYPES.incrementAndGet()));
    }

    @AfterEach
    void closeTransports() {
        others.forEach(Transport::close);
        transport.close();
    }

    private Transport another() {
        Transport other = openAnother();
        others.add(other);
        return other;
    }

    // --- delays ---

    private Destination delayed(Delay delay) {
        return Destination.delayed(((Destination.Jobs) jobs).jobType(), delay);
    }

    @Test
    void delayedMessageArrivesWholeAndNotBeforeItsStep() {
        RecordingListener listener = RecordingListener.acking();
        subscribe(jobs, 10, listener);
        publishOnceRoutable("at once");
        assertThat(text(listener.next())).isEqualTo("at once");
        Message message = new Message("text/plain", Map.of("one", "1", "two", "é"), new byte[] {0, 1, (byte) 0xff});
        Publisher publisher = readyPublisher();

        long before = System.nanoTime();
        assertThat(publish(publisher, delayed(Delay.S1), message)).isEqualTo(PublishResult.CONFIRMED);
        Delivery delivery = listener.next();

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Delay.S1.length());
        assertThat(delivery.message().headers()).isEqualTo(message.headers());
        assertThat(delivery.message().contentType()).isEqualTo("text/plain");
        assertThat(delivery.message().body()).isEqualTo(message.body());
        assertThat(delivery.redelivered()).isFalse();
        assertThat(delivery.deliveryCount()).isZero();
        assertThat(delivery.deathReason()).as("it is not dead").isEmpty();
        assertThat(listener.all).hasSize(2);
    }

    @Test
    void shortDelayIsNotHeldUpByALongerOne() {
        RecordingListener listener = RecordingListener.acking();
        subscribe(jobs, 10, listener);
        publishOnceRoutable("at once");
        assertThat(text(listener.next())).isEqualTo("at once");
        Publisher publisher = readyPublisher();

        // So long that it does not come first when the second one is held up on its way into its delay.
        assertThat(publish(publisher, delayed(Delay.S10), message("long"))).isEqualTo(PublishResult.CONFIRMED);
        assertThat(publish(publisher, delayed(Delay.S1), message("short"))).isEqualTo(PublishResult.CONFIRMED);

        assertThat(text(listener.next())).isEqualTo("short");
        assertThat(text(listener.next())).isEqualTo("long");
    }

    @Test
    void delayedMessageCanBeDelayedAgainByWhoeverGetsIt() {
        Publisher publisher = readyPublisher();
        RecordingListener listener = new RecordingListener(delivery -> {
            if (delivery.message().headers().containsKey("again")) {
                publisher.publish(delayed(Delay.S1), message(text(delivery)), result -> delivery.ack());
            } else {
                delivery.ack();
            }
        });
        subscribe(jobs, 10, listener);
        publishOnceRoutable("at once");
        listener.next();
        Message early = new Message(
                "text/plain", Map.of("again", "true"), message("twice").body());
        assertThat(publish(publisher, delayed(Delay.S1), early)).isEqualTo(PublishResult.CONFIRMED);

        assertThat(text(listener.next())).isEqualTo("twice");
        assertThat(listener.next().message().headers()).doesNotContainKey("again");
    }

    @Test
    void delayedMessagesThatFindNoQueueAreDeadAndHoldUpNobody() {
        RecordingListener dead = RecordingListener.acking();
        subscribe(Destination.dead(), 100, dead);
        RecordingListener others = RecordingListener.acking();
        subscribe(jobs, 10, others);
        publishOnceRoutable("at once");
        assertThat(text(others.next())).isEqualTo("at once");
        Destination nowhere = Destination.delayed(new JobType("test.nowhere", TYPES.incrementAndGet()), Delay.S1);
        Publisher publisher = readyPublisher();
        int count = 60;
        Set<String> lost = new HashSet<>();
        for (int i = 0; i < count; i++) {
            lost.add(nowhere + " " + i);
            assertThat(publish(publisher, nowhere, message(nowhere + " " + i))).isEqualTo(PublishResult.CONFIRMED);
        }
        assertThat(publish(publisher, delayed(Delay.S1), message("in time"))).isEqualTo(PublishResult.CONFIRMED);

        assertThat(text(others.next())).isEqualTo("in time");
        Set<String> found = new HashSet<>();
        while (found.size() < count) {
            Delivery delivery = dead.next();
            if (lost.contains(text(delivery))) { // the carrier may hold others' dead
                assertThat(delivery.deathReason()).contains(Delivery.EXPIRED);
                found.add(text(delivery));
            }
        }
    }

    @Test
    void nobodySubscribesToADelay() {
        assertThatThrownBy(() -> subscribe(delayed(Delay.S1), 10, RecordingListener.acking()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("on the way");
    }

    // --- publishing ---

    @Test
    void publishedMessageIsConfirmedAndDelivered() {
        RecordingListener listener = RecordingListener.acking();
        subscribe(jobs, 10, listener);

        assertThat(publishOnceRoutable("hello")).isEqualTo(PublishResult.CONFIRMED);

        assertThat(text(listener.next())).isEqualTo("hello");
    }

    @Test
    void unroutableMessageIsAnsweredUnroutable() {
        Publisher publisher = readyPublisher();

        assertThat(publish(publisher, jobs, message("for nobody"))).isEqualTo(PublishResult.UNROUTABLE);
    }

    @Test
    void routableAndUnroutableMessagesAreNotTakenForEachOther() {
        declare(jobs);
        Destination nowhere = Destination.jobs(new JobType("test.nowhere", TYPES.incrementAndGet()));
        Publisher publisher = readyPublisher();
        Map<Integer, PublishResult> results = new ConcurrentHashMap<>();

        for (int i = 0; i < 1_000; i++) {
            int number = i;
            publisher.publish(i % 3 == 0 ? nowhere : jobs, message("m" + i), result -> results.put(number, result));
        }

        await().atMost(PATIENCE).until(() -> results.size() == 1_000);
        results.forEach((number, result) -> assertThat(result)
                .as("message %d", number)
                .isEqualTo(number % 3 == 0 ? PublishResult.UNROUTABLE : PublishResult.CONFIRMED));
    }

    @Test
    void everyMessageIsAnsweredExactlyOnce() {
        declare(jobs);
        Publisher publisher = readyPublisher();
        List<AtomicInteger> answers = new ArrayList<>();

        for (int i = 0; i < 5_000; i++) {
            AtomicInteger count = new AtomicInteger();
            answers.add(count);
            publisher.publish(jobs, message("m" + i), result -> count.incrementAndGet());
        }
        publisher.close();

        assertThat(answers).allSatisfy(count -> assertThat(count).hasValue(1));
    }

    @Test
    void queueStaysWhenItsSubscriptionIsGone() {
        declare(jobs);

        assertThat(publish(readyPublisher(), jobs, message("kept"))).isEqualTo(PublishResult.CONFIRMED);

        RecordingListener later = RecordingListener.acking();
        subscribe(jobs, 10, later);
        assertThat(text(later.next())).isEqualTo("kept");
    }

    @Test
    void closedPublisherRefuses() {
        declare(jobs);
        Publisher publisher = readyPublisher();
        publisher.close();

        assertThat(publisher.ready()).isFalse();
        assertThat(publish(publisher, jobs, message("late"))).isEqualTo(PublishResult.REFUSED);
    }

    @Test
    void manyThreadsShareAPublisher() throws InterruptedException {
        RecordingListener listener = RecordingListener.acking();
        subscribe(jobs, 200, listener);
        declare(jobs);
        Publisher publisher = transport.publisher(new PublisherOptions("shared", 20, Duration.ofSeconds(20)));
        await().atMost(PATIENCE).until(publisher::ready);
        AtomicInteger confirmed = new AtomicInteger();

        List<Thread> threads = IntStream.range(0, 8)
                .mapToObj(number -> new Thread(() -> {
                    for (int i = 0; i < 250; i++) {
                        publisher.publish(jobs, message(number + "." + i), result -> {
                            if (result == PublishResult.CONFIRMED) {
                                confirmed.incrementAndGet();
                            }
                        });
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join(PATIENCE.toMillis());
        }

        await().atMost(PATIENCE).until(() -> confirmed.get() == 2_000 && listener.all.size() == 2_000);
        assertThat(Set.copyOf(listener.texts())).hasSize(2_000);
    }

    @Test
    void bodyAndHeadersArriveUntouched() {
        byte[] everyByte = new byte[256];
        for (int i = 0; i < everyByte.length; i++) {
            everyByte[i] = (byte) i;
        }
        Map<String, String> headers = new HashMap<>();
        headers.put("cloudEvents_id", "0190f1c8-7d3a-7000-8000-000000000000.1");
        headers.put("Case", "upper");
        headers.put("case", "lower");
        headers.put("empty", "");
        headers.put("unicode", "Grüße, 世界 🚢 \u0000 \n");
        headers.put("x-own", "not the carrier's");
        headers.put("long", "x".repeat(20_000));
        Message sent = new Message("application/vnd.test+json; charset=utf-8", headers, everyByte);

        Delivery delivery = roundTrip(sent);

        assertThat(delivery.message().contentType()).isEqualTo(sent.contentType());
        assertThat(delivery.message().headers()).isEqualTo(headers);
        assertThat(delivery.message().body()).isEqualTo(everyByte);
        assertThat(delivery.redelivered()).isFalse();
        assertThat(delivery.deliveryCount()).isZero();
        assertThat(delivery.deathReason()).isEmpty();
    }

    @Test
    void emptyBodyArrivesEmpty() {
        Delivery delivery = roundTrip(new Message("text/plain", Map.of(), new byte[0]));

        assertThat(delivery.message().body()).isEmpty();
        assertThat(delivery.message().headers()).isEmpty();
    }

    @Test
    void bodyOfAMegabyteArrivesUntouched() {
        byte[] body = new byte[1024 * 1024];
        new Random(1).nextBytes(body);

        assertThat(roundTrip(new Message("application/octet-stream", Map.of(), body))
                        .message()
                        .body())
                .isEqualTo(body);
    }

    @Test
    void messagesOfOnePublisherArriveInOrder() {
        RecordingListener listener = RecordingListener.acking();
        subscribe(jobs, 50, listener);
        List<String> sent = publishAll("m", 500);

        await().atMost(PATIENCE).until(() -> listener.all.size() == sent.size());
        assertThat(listener.texts()).isEqualTo(sent);
    }

    @Test
    void eventsAndDeadExistWithoutASubscription() {
        Publisher publisher = readyPublisher();

        assertThat(publish(publisher, Destination.events(), message("an event")))
                .isEqualTo(PublishResult.CONFIRMED);
        assertThat(publish(publisher, Destination.dead(), message("a dead one")))
                .isEqualTo(PublishResult.CONFIRMED);
    }

    @Test
    void eventsAreDelivered() {
        String event = unique("event");
        Inbox events = new Inbox(Destination.events());

        assertThat(publish(readyPublisher(), Destination.events(), message(event)))
                .isEqualTo(PublishResult.CONFIRMED);

        events.take(event).ack();
    }

    // --- settling ---

    @Test
    void redeliveredFlagIsSetAfterRequeue() {
        RecordingListener listener = new RecordingListener();
        subscribe(jobs, 10, listener);
        publishAll("m", 1);

        Delivery first = listener.next();
        assertThat(first.redelivered()).isFalse();
        assertThat(first.deliveryCount()).isZero();
        first.requeue();

        Delivery second = listener.next();
        assertThat(second.redelivered()).isTrue();
        assertThat(second.deliveryCount()).isEqualTo(1);
        assertThat(text(second)).isEqualTo(text(first));
        second.ack();
    }

    @Test
    void rejectedMessageGoesToDeadWithReason() {
        String text = unique("bad");
        Inbox dead = new Inbox(Destination.dead());
        subscribe(jobs, 10, Delivery::reject);
        publishOnceRoutable(text);

        Delivery delivery = dead.take(text);

        assertThat(delivery.deathReason()).contains(Delivery.REJECTED);
        delivery.ack();
    }

    @Test
    void deadMessageHasTheBodyAndHeadersItHadInLife() {
        String text = unique("headers");
        Inbox dead = new Inbox(Destination.dead());
        subscribe(jobs, 10, Delivery::reject);
        declare(jobs);
        Message sent = new Message("a/b", Map.of("k", "v"), message(text).body());

        assertThat(publish(readyPublisher(), jobs, sent)).isEqualTo(PublishResult.CONFIRMED);

        Delivery delivery = dead.take(text);
        assertThat(delivery.message().contentType()).isEqualTo("a/b");
        assertThat(delivery.message().headers()).isEqualTo(Map.of("k", "v"));
        delivery.ack();
    }

    @Test
    void messageDeliveredTooOftenDiesWithReasonDeliveryLimit() {
        String text = unique("poison");
        Inbox dead = new Inbox(Destination.dead());
        RecordingListener listener = new RecordingListener(Delivery::requeue);
        subscribe(jobs, 10, listener);
        publishOnceRoutable(text);

        Delivery delivery = dead.take(text);

        assertThat(delivery.deathReason()).contains(Delivery.DELIVERY_LIMIT);
        delivery.ack();
        assertThat(listener.all).hasSize(Delivery.LIMIT + 1);
        assertThat(listener.all)
                .extracting(Delivery::deliveryCount)
                .startsWith(0, 1, 2)
                .endsWith(Delivery.LIMIT);
    }

    @Test
    void rejectedEventGoesToDead() {
        String text = unique("bad event");
        Inbox dead = new Inbox(Destination.dead());
        Subscription events =
                transport.subscribe(Destination.events(), new SubscriptionOptions("rejecting", 10), delivery -> {
                    if (text(delivery).equals(text)) {
                        delivery.reject();
                    } else {
                        delivery.ack();
                    }
                });
        publish(readyPublisher(), Destination.events(), message(text));

        Delivery delivery = dead.take(text);

        assertThat(delivery.deathReason()).contains(Delivery.REJECTED);
        delivery.ack();
        events.close();
    }

    @Test
    void rejectedDeadMessageStaysDead() {
        String text = unique("twice dead");
        Inbox dead = new Inbox(Destination.dead());
        publish(readyPublisher(), Destination.dead(), message(text));

        for (int i = 0; i < Delivery.LIMIT + 5; i++) {
            dead.take(text).reject();
        }

        dead.take(text).ack();
    }

    @Test
    void onlyTheFirstSettlementCounts() {
        String text = unique("settled");
        RecordingListener listener = new RecordingListener();
        Subscription subscription = subscribe(jobs, 1, listener);
        publishAll(text, 3);

        Delivery first = listener.next();
        first.ack();
        first.requeue();
        first.reject();
        first.ack();
        Delivery second = listener.next();
        second.requeue();
        second.ack();
        Delivery secondAgain = listener.next();
        assertThat(text(secondAgain)).isEqualTo(text(second));
        secondAgain.ack();
        listener.next().ack();
        subscription.close();

        assertThat(listener.texts()).containsExactly(text + 0, text + 1, text + 1, text + 2);
    }

    @Test
    void acksInAnyOrderFreeThePrefetchWindow() {
        LinkedBlockingQueue<Delivery> window = new LinkedBlockingQueue<>();
        Set<String> seen = ConcurrentHashMap.newKeySet();
        subscribe(jobs, 40, delivery -> {
            seen.add(text(delivery));
            window.add(delivery);
        });
        publishAll("m", 1_000);
        Random random = new Random(7);
        List<Delivery> inHand = new ArrayList<>();

        await().atMost(PATIENCE).until(() -> {
            window.drainTo(inHand);
            for (int i = inHand.size() / 2; i >= 0 && !inHand.isEmpty(); i--) {
                inHand.remove(random.nextInt(inHand.size())).ack();
            }
            return seen.size() == 1_000 && inHand.isEmpty() && window.isEmpty();
        });
    }

    @Test
    void listenerThatThrowsGetsTheDeliveryAgain() {
        AtomicBoolean thrown = new AtomicBoolean();
        RecordingListener listener = new RecordingListener(delivery -> {
            if (thrown.compareAndSet(false, true)) {
                throw new IllegalStateException("thrown by the test");
            }
        });
        subscribe(jobs, 10, listener);
        publishAll("m", 2);

        Set<String> texts = new HashSet<>();
        boolean redelivered = false;
        for (int i = 0; i < 2; i++) {
            Delivery delivery = listener.next();
            texts.add(text(delivery));
            redelivered |= delivery.redelivered();
            delivery.ack();
        }
        assertThat(texts).containsExactlyInAnyOrder("m0", "m1");
        assertThat(redelivered).isTrue();
    }

    // --- subscriptions ---

    @Test
    void prefetchBoundsDeliveriesInHand() {
        List<Delivery> inHand = new CopyOnWriteArrayList<>();
        AtomicInteger most = new AtomicInteger();
        Set<String> done = ConcurrentHashMap.newKeySet();
        subscribe(jobs, 5, delivery -> {
            inHand.add(delivery);
            most.accumulateAndGet(inHand.size(), Math::max);
        });
        publishAll("m", 40);

        await().atMost(PATIENCE).until(() -> {
            if (inHand.size() == 5 || done.size() >= 36) {
                for (Delivery delivery : List.copyOf(inHand)) {
                    done.add(text(delivery));
                    inHand.remove(delivery);
                    delivery.ack();
                }
            }
            return done.size() == 40;
        });
        assertThat(most).hasValue(5);
    }

    @Test
    void twoSubscriptionsShareAQueue() {
        RecordingListener one = new RecordingListener();
        RecordingListener two = new RecordingListener();
        subscribe(jobs, 1, one);
        another().subscribe(jobs, new SubscriptionOptions("two", 1), two);
        List<String> sent = publishAll("m", 2);

        Set<String> got = Set.of(text(one.next()), text(two.next()));

        assertThat(got).isEqualTo(Set.copyOf(sent));
    }

    @Test
    void listenerIsCalledOneAtATime() {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        RecordingListener listener = new RecordingListener(delivery -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            inside.decrementAndGet();
            delivery.ack();
        });
        subscribe(jobs, 100, listener);
        publishAll("m", 1_000);

        await().atMost(PATIENCE).until(() -> listener.all.size() == 1_000);
        assertThat(most).hasValue(1);
    }

    @Test
    void stopTakesNoFurtherDeliveriesButAcksStillCount() {
        RecordingListener listener = new RecordingListener();
        Subscription subscription = subscribe(jobs, 3, listener);
        publishAll("before", 3);
        List<Delivery> inHand = List.of(listener.next(), listener.next(), listener.next());

        subscription.stop();
        inHand.get(0).ack();
        inHand.get(2).ack();
        publishAll("after", 2);
        RecordingListener successor = new RecordingListener();
        Subscription second = subscribe(jobs, 10, successor);
        assertThat(List.of(text(successor.next()), text(successor.next()))).containsExactly("after0", "after1");
        subscription.close();

        Delivery handedBack = successor.next();
        assertThat(text(handedBack)).isEqualTo("before1");
        assertThat(handedBack.redelivered()).isTrue();
        assertThat(listener.all).hasSize(3);
        second.close();
    }

    @Test
    void stopWaitsForTheListenerCallThatRuns() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch mayGo = new CountDownLatch(1);
        AtomicBoolean finished = new AtomicBoolean();
        Subscription subscription = subscribe(jobs, 1, delivery -> {
            inside.countDown();
            awaitQuietly(mayGo);
            finished.set(true);
        });
        publishAll("m", 1);
        assertThat(inside.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        AtomicBoolean finishedWhenStopped = new AtomicBoolean();
        Thread stopper = new Thread(() -> {
            subscription.stop();
            finishedWhenStopped.set(finished.get());
        });
        stopper.start();
        await().atMost(PATIENCE)
                .until(() -> stopper.getState() == Thread.State.TIMED_WAITING
                        || stopper.getState() == Thread.State.TERMINATED);

        mayGo.countDown();
        stopper.join(PATIENCE.toMillis());

        assertThat(finishedWhenStopped).isTrue();
    }

    @Test
    void subscriptionCanBeStoppedByItsOwnListener() {
        CountDownLatch stopped = new CountDownLatch(1);
        Subscription[] subscription = new Subscription[1];
        CountDownLatch known = new CountDownLatch(1);
        RecordingListener listener = new RecordingListener(delivery -> {
            awaitQuietly(known);
            subscription[0].stop();
            delivery.ack();
            stopped.countDown();
        });
        subscription[0] = subscribe(jobs, 1, listener);
        known.countDown();
        publishAll("m", 2);

        await().atMost(PATIENCE).until(() -> stopped.getCount() == 0);
        RecordingListener successor = RecordingListener.acking();
        subscribe(jobs, 1, successor);
        assertThat(text(successor.next())).isEqualTo("m1");
        assertThat(listener.texts()).containsExactly("m0");
    }

    @Test
    void closeHandsBackUnsettled() {
        RecordingListener listener = new RecordingListener();
        Subscription subscription = subscribe(jobs, 10, listener);
        publishAll("m", 3);
        Delivery first = listener.next();
        Delivery second = listener.next();
        Delivery third = listener.next();
        second.ack();
        assertThat(List.of(first.inHand(), second.inHand())).containsExactly(true, false);

        subscription.close();
        assertThat(first.inHand()).isFalse();
        first.ack();
        third.reject();

        RecordingListener successor = RecordingListener.acking();
        subscribe(jobs, 10, successor);
        Delivery one = successor.next();
        Delivery three = successor.next();
        assertThat(List.of(text(one), text(three))).containsExactlyInAnyOrder("m0", "m2");
        assertThat(one.redelivered()).isTrue();
        assertThat(one.deliveryCount()).isEqualTo(1);
    }

    // --- the transport ---

    @Test
    void openTransportIsConnectedAndNotBlocked() {
        declare(jobs);
        readyPublisher();

        await().atMost(PATIENCE).until(() -> transport.health().connected());
        assertThat(transport.health().blocked()).isFalse();
        assertThat(transport.health().detail()).isNotBlank();
    }

    @Test
    void closedTransportOpensNothing() {
        transport.close();

        assertThatThrownBy(() -> transport.publisher(PublisherOptions.named("late")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> subscribe(jobs, 1, delivery -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void closingTheTransportEndsItsPublishersAndSubscriptions() {
        RecordingListener listener = new RecordingListener();
        Subscription subscription = subscribe(jobs, 10, listener);
        Publisher publisher = readyPublisher();
        publishAll("m", 1);
        Delivery delivery = listener.next();

        transport.close();

        assertThat(publisher.ready()).isFalse();
        assertThat(publish(publisher, jobs, message("late"))).isEqualTo(PublishResult.REFUSED);
        assertThat(transport.health().connected()).isFalse();
        assertThatCode(() -> {
                    delivery.ack();
                    subscription.stop();
                    subscription.close();
                    publisher.close();
                    transport.close();
                })
                .doesNotThrowAnyException();
    }

    @Test
    void tellsOfWhichTypesNothingWaits() {
        JobType type = ((Destination.Jobs) jobs).jobType();
        JobType unknown = new JobType("test.nowhere", TYPES.incrementAndGet());
        assertThat(nothingWaits(type, unknown)).as("there is no queue").containsExactlyInAnyOrder(type, unknown);
        declare(jobs);
        assertThat(nothingWaits(type)).as("nobody takes from it").isEmpty();

        RecordingListener listener = new RecordingListener();
        Subscription subscription = subscribe(jobs, 1, listener);
        publishAll("m", 2);
        Delivery first = listener.next();
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(nothingWaits(type, unknown))
                .as("one is in hand, one waits")
                .containsExactly(unknown));
        first.ack();
        assertThat(text(listener.next())).isEqualTo("m1");
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(nothingWaits(type)).as("all is in hand").containsExactly(type));

        subscription.close();
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(nothingWaits(type, unknown))
                .as("it came back")
                .containsExactly(unknown));
    }

    private Set<JobType> nothingWaits(JobType... types) {
        return transport.withNothingWaiting(List.of(types));
    }

    @Test
    void closedTransportKnowsNothingOfWhatWaits() {
        transport.close();

        assertThat(nothingWaits(((Destination.Jobs) jobs).jobType())).isEmpty();
    }

    // --- helpers ---

    protected Subscription subscribe(Destination destination, int prefetch, DeliveryListener listener) {
        return transport.subscribe(destination, new SubscriptionOptions("test", prefetch), listener);
    }

    /** Makes the destination's queue, and leaves nobody subscribed. */
    protected void declare(Destination destination) {
        Subscription subscription = subscribe(destination, 1, Delivery::requeue);
        awaitConnected();
        subscription.close();
    }

    protected void awaitConnected() {
        await().atMost(PATIENCE).until(() -> transport.health().connected());
    }

    protected Publisher readyPublisher() {
        Publisher publisher = transport.publisher(PublisherOptions.named("test"));
        await().atMost(PATIENCE).until(publisher::ready);
        return publisher;
    }

    protected static PublishResult publish(Publisher publisher, Destination destination, Message message) {
        LinkedBlockingQueue<PublishResult> results = new LinkedBlockingQueue<>();
        publisher.publish(destination, message, results::add);
        await().atMost(PATIENCE).until(() -> !results.isEmpty());
        return results.remove();
    }

    /** Publishes to the test's jobs when their queue is there, which a fresh subscription makes in its own time. */
    private PublishResult publishOnceRoutable(String text) {
        awaitConnected();
        return publish(readyPublisher(), jobs, message(text));
    }

    protected List<String> publishAll(String prefix, int count) {
        awaitConnected();
        Publisher publisher = readyPublisher();
        List<String> sent = new ArrayList<>();
        Map<String, PublishResult> results = new ConcurrentHashMap<>();
        for (int i = 0; i < count; i++) {
            String text = prefix + i;
            sent.add(text);
            publisher.publish(jobs, message(text), result -> results.put(text, result));
        }
        await().atMost(PATIENCE).until(() -> results.size() == count);
        assertThat(results.values()).containsOnly(PublishResult.CONFIRMED);
        publisher.close();
        return sent;
    }

    private Delivery roundTrip(Message message) {
        RecordingListener listener = RecordingListener.acking();
        subscribe(jobs, 10, listener);
        awaitConnected();
        assertThat(publish(readyPublisher(), jobs, message)).isEqualTo(PublishResult.CONFIRMED);
        return listener.next();
    }

    protected static String unique(String prefix) {
        return prefix + " " + UUID.randomUUID();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            if (!latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("waited too long");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Finds the test's own message in a queue that all tests share, and acks what others left there. */
    private final class Inbox {
        private final Map<String, LinkedBlockingQueue<Delivery>> byText = new ConcurrentHashMap<>();
        private final Consumer<Delivery> sort;

        Inbox(Destination destination) {
            sort = delivery -> byText.computeIfAbsent(text(delivery), key -> new LinkedBlockingQueue<>())
                    .add(delivery);
            subscribe(destination, 1_000, sort::accept);
        }

        Delivery take(String text) {
            try {
                Delivery delivery = byText.computeIfAbsent(text, key -> new LinkedBlockingQueue<>())
                        .poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                assertThat(delivery).as("%s within %s", text, PATIENCE).isNotNull();
                return Objects.requireNonNull(delivery);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for " + text, e);
            }
        }
    }
}
