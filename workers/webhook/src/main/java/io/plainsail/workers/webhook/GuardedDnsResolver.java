package io.plainsail.workers.webhook;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only way from a name to a connection: it asks once, checks every address it got, and hands on exactly those, which
 * are dialled as addresses. There is no second look-up between check and dial that a name server could answer
 * differently (DNS rebinding). One forbidden address among several refuses the host: else a retry would meet it. Asked
 * for every delivery, so that a connection is not used any more once its host is refused. Thread-safe.
 */
final class GuardedDnsResolver {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedDnsResolver.class);

    /** Names to addresses; literals to themselves. */
    @FunctionalInterface
    interface Lookup {
        List<InetAddress> addresses(String host) throws UnknownHostException;

        /** The operating system's. */
        static Lookup system() {
            return host -> List.of(InetAddress.getAllByName(host));
        }
    }

    private final Lookup lookup;
    private final AddressPolicy policy;

    GuardedDnsResolver(Lookup lookup, AddressPolicy policy) {
        this.lookup = lookup;
        this.policy = policy;
    }

    /**
     * Blocks for as long as the look-up takes.
     *
     * @return at least one
     * @throws ForbiddenAddressException if webhooks must not be sent to one of them
     * @throws UnknownHostException if there is none
     */
    List<InetAddress> resolve(String host) throws UnknownHostException {
        List<InetAddress> addresses = lookup.addresses(host);
        if (addresses.isEmpty()) {
            throw new UnknownHostException(host);
        }
        for (InetAddress address : addresses) {
            // Java turns ::ffff:a.b.c.d into the IPv4 address that is meant: the form itself is refused.
            Optional<String> refusal = host.indexOf(':') >= 0 && address instanceof Inet4Address
                    ? Optional.of("IPv4-mapped (::ffff:0:0/96)")
                    : policy.refusal(address);
            if (refusal.isPresent()) {
                LOG.warn("Not dialling {}: its address {} is {}", host, address.getHostAddress(), refusal.get());
                throw new ForbiddenAddressException(host, refusal.get());
            }
        }
        return addresses;
    }
}
