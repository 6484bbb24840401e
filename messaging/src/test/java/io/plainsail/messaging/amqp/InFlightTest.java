package io.plainsail.messaging.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.messaging.amqp.InFlight.Sent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class InFlightTest {
    private final InFlight inFlight = new InFlight();
    private final List<Sent> taken = new ArrayList<>();

    private Sent send(long nanos) {
        Sent sent = new Sent(result -> {}, nanos);
        inFlight.add(sent);
        return sent;
    }

    @Test
    void numbersBeginAtOneAsTheBrokersDo() {
        assertThat(inFlight.next()).isEqualTo(1);
        Sent first = send(0);

        assertThat(inFlight.take(0)).isNull();
        assertThat(inFlight.take(2)).isNull();
        assertThat(inFlight.take(1)).isSameAs(first);
        assertThat(inFlight.take(1)).as("taken once").isNull();
        assertThat(inFlight.unanswered()).isZero();
    }

    @Test
    void answerToManyTakesThemInOrderAndLeavesOutTheAnswered() {
        Sent one = send(0);
        Sent two = send(0);
        Sent three = send(0);
        Sent four = send(0);
        assertThat(inFlight.take(2)).isSameAs(two);

        inFlight.takeUpTo(3, taken);

        assertThat(taken).containsExactly(one, three);
        assertThat(inFlight.unanswered()).isEqualTo(1);
        inFlight.takeAll(taken);
        assertThat(taken).containsExactly(one, three, four);
    }

    @Test
    void answerToMoreThanWasSentTakesWhatWasSent() {
        send(0);

        inFlight.takeUpTo(100, taken);

        assertThat(taken).hasSize(1);
        assertThat(inFlight.next()).isEqualTo(2);
    }

    @Test
    void lateOnesAreThoseSentBefore() {
        Sent early = send(Long.MAX_VALUE - 5);
        Sent late = send(Long.MIN_VALUE + 5); // nanoTime may overflow

        inFlight.takeSentBefore(Long.MIN_VALUE, taken);
        assertThat(taken).containsExactly(early);

        inFlight.takeSentBefore(Long.MIN_VALUE + 5, taken);
        assertThat(taken).containsExactly(early);

        inFlight.takeSentBefore(Long.MIN_VALUE + 6, taken);
        assertThat(taken).containsExactly(early, late);
    }

    @Test
    void oldestThatStaysUnansweredHoldsUpNobody() {
        Sent stuck = send(0);
        for (int i = 0; i < 100_000; i++) {
            Sent sent = send(0);
            assertThat(inFlight.take(inFlight.next() - 1)).isSameAs(sent);
        }

        assertThat(inFlight.unanswered()).isEqualTo(1);
        assertThat(inFlight.take(1)).isSameAs(stuck);
    }

    @Test
    void behavesAsASortedMap() {
        Random random = new Random(42);
        TreeMap<Long, Sent> model = new TreeMap<>();
        for (int step = 0; step < 200_000; step++) {
            int dice = random.nextInt(100);
            if (dice < 60) {
                long number = inFlight.next();
                model.put(number, send(step));
            } else if (dice < 95) {
                long number = inFlight.next() - random.nextInt(1, 3_000);
                assertThat(inFlight.take(number)).isSameAs(model.remove(number));
            } else if (dice < 98) {
                long number = inFlight.next() - random.nextInt(500, 3_000);
                taken.clear();
                inFlight.takeUpTo(number, taken);
                var expected = model.headMap(number, true);
                assertThat(taken).containsExactlyElementsOf(expected.values());
                expected.clear();
            } else {
                long before = step - 5_000L;
                taken.clear();
                inFlight.takeSentBefore(before, taken);
                List<Sent> expected = model.values().stream()
                        .filter(sent -> sent.nanos() < before)
                        .sorted(Comparator.comparingLong(Sent::nanos))
                        .toList();
                assertThat(taken).containsExactlyElementsOf(expected);
                model.values().removeAll(expected);
            }
            assertThat(inFlight.unanswered()).isEqualTo(model.size());
        }
    }
}
