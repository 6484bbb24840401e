package io.plainsail.workers.webhook;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which addresses a webhook may be sent to: public ones. A caller names any URL, and the worker stands inside the
 * network; without this rule it would carry requests to whatever trusts that network (server-side request forgery).
 * Thread-safe.
 *
 * <p>The first that speaks decides: {@code deniedAddresses} of the configuration, {@code allowedAddresses}, the table of
 * special ranges (IANA special-purpose registries, RFC 6890 and its successors), the machine's own addresses.
 */
final class AddressPolicy {
    private record Rule(String name, Cidr range) {}

    /** In order: a narrow range stands before the wide one around it, so that the better name is told. */
    private static final List<Rule> FORBIDDEN = List.of(
            rule("unspecified", "0.0.0.0/8"),
            rule("private", "10.0.0.0/8"),
            rule("shared (CGNAT)", "100.64.0.0/10"),
            rule("loopback", "127.0.0.0/8"),
            rule("Azure platform", "168.63.129.16/32"),
            rule("link-local", "169.254.0.0/16"),
            rule("private", "172.16.0.0/12"),
            rule("protocol assignments", "192.0.0.0/24"),
            rule("documentation", "192.0.2.0/24"),
            rule("6to4 relay", "192.88.99.0/24"),
            rule("private", "192.168.0.0/16"),
            rule("benchmark", "198.18.0.0/15"),
            rule("documentation", "198.51.100.0/24"),
            rule("documentation", "203.0.113.0/24"),
            rule("multicast", "224.0.0.0/4"),
            rule("broadcast", "255.255.255.255/32"),
            rule("reserved", "240.0.0.0/4"),
            rule("unspecified", "::/128"),
            rule("loopback", "::1/128"),
            rule("IPv4-mapped", "::ffff:0:0/96"),
            rule("IPv4-compatible", "::/96"),
            rule("NAT64", "64:ff9b::/96"),
            rule("NAT64", "64:ff9b:1::/48"),
            rule("discard-only", "100::/64"),
            rule("Teredo", "2001::/32"),
            rule("benchmark", "2001:2::/48"),
            rule("protocol assignments", "2001::/23"),
            rule("documentation", "2001:db8::/32"),
            rule("6to4", "2002::/16"),
            rule("documentation", "3fff::/20"),
            rule("segment routing", "5f00::/16"),
            rule("unique local", "fc00::/7"),
            rule("link-local", "fe80::/10"),
            rule("site-local", "fec0::/10"),
            rule("multicast", "ff00::/8"));

    /** What IANA has not handed out for hosts on the Internet is not one of them. */
    private static final Cidr GLOBAL_UNICAST = Cidr.of("2000::/3");

    private final List<Cidr> allowed;
    private final List<Cidr> denied;
    private final Predicate<InetAddress> ownAddress;

    AddressPolicy(List<Cidr> allowed, List<Cidr> denied, Predicate<InetAddress> ownAddress) {
        this.allowed = List.copyOf(allowed);
        this.denied = List.copyOf(denied);
        this.ownAddress = ownAddress;
    }

    static AddressPolicy of(WebhookConfig config) {
        return new AddressPolicy(
                config.allowedAddresses(), config.deniedAddresses(), AddressPolicy::isOnAnInterfaceOfThisMachine);
    }

    /** The rule that forbids the address, such as {@code loopback (127.0.0.0/8)}; empty if it may be dialled. */
    Optional<String> refusal(InetAddress address) {
        for (Cidr range : denied) {
            if (range.contains(address)) {
                return Optional.of("denied by configuration (" + range + ")");
            }
        }
        for (Cidr range : allowed) {
            if (range.contains(address)) {
                return Optional.empty();
            }
        }
        for (Rule rule : FORBIDDEN) {
            if (rule.range.contains(address)) {
                return Optional.of(rule.name + " (" + rule.range + ")");
            }
        }
        if (address.getAddress().length == 16 && !GLOBAL_UNICAST.contains(address)) {
            return Optional.of("not global unicast (" + GLOBAL_UNICAST + ")");
        }
        return ownAddress.test(address) ? Optional.of("the worker's own machine") : Optional.empty();
    }

    /** A packet to an own public address never passes the firewall before it. */
    static boolean isOnAnInterfaceOfThisMachine(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            // Not knowing is no reason to trust.
            return true;
        }
    }

    private static Rule rule(String name, String range) {
        return new Rule(name, Cidr.of(range));
    }
}
