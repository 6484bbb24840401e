package io.plainsail.workers.webhook;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A range of IPv4 or IPv6 addresses, such as {@code 10.0.0.0/8} or {@code fc00::/7}. The two families never meet: an
 * IPv4 range holds no IPv4-mapped IPv6 address. Immutable.
 */
public final class Cidr {
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    private final String text;
    private final byte[] network;
    private final int length;

    private Cidr(String text, byte[] network, int length) {
        this.text = text;
        this.network = network;
        this.length = length;
    }

    /**
     * Reads {@code address/length}.
     *
     * @throws IllegalArgumentException naming the text and the rule
     */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Cidr of(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw broken(text, "such as 10.0.0.0/8; a single address is /32 or /128");
        }
        byte[] network = literal(text, text.substring(0, slash));
        int length;
        try {
            length = Integer.parseInt(text.substring(slash + 1));
        } catch (NumberFormatException e) {
            throw broken(text, "the length must be a whole number");
        }
        if (length < 0 || length > network.length * 8) {
            throw broken(text, "the length must be 0 to " + network.length * 8);
        }
        for (int bit = length; bit < network.length * 8; bit++) {
            if ((network[bit / 8] & (0x80 >> (bit % 8))) != 0) {
                throw broken(text, "bits after the first " + length + " must be zero");
            }
        }
        return new Cidr(text, network, length);
    }

    /** Whether the address is of the same family and inside. */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != network.length) {
            return false;
        }
        int whole = length / 8;
        if (!Arrays.equals(bytes, 0, whole, network, 0, whole)) {
            return false;
        }
        int rest = length % 8;
        int mask = 0xff << (8 - rest) & 0xff;
        return rest == 0 || (bytes[whole] & mask) == (network[whole] & mask);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cidr that && length == that.length && Arrays.equals(network, that.network);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(network) + length;
    }

    @Override
    @JsonValue
    public String toString() {
        return text;
    }

    /** An address written as such; never asks a name server. */
    private static byte[] literal(String text, String address) {
        boolean ipv6 = IPV6.matcher(address).matches();
        if (!ipv6 && !IPV4.matcher(address).matches()) {
            throw broken(text, "the part before / must be an IPv4 or IPv6 address");
        }
        try {
            byte[] bytes = InetAddress.getByName(address).getAddress();
            return ipv6 && bytes.length == 4 ? mapped(bytes) : bytes;
        } catch (UnknownHostException e) {
            throw broken(text, "the part before / must be an IPv4 or IPv6 address");
        }
    }

    /** Java reads {@code ::ffff:a.b.c.d} as IPv4; a range of such addresses is meant as IPv6. */
    private static byte[] mapped(byte[] ipv4) {
        byte[] ipv6 = new byte[16];
        ipv6[10] = (byte) 0xff;
        ipv6[11] = (byte) 0xff;
        System.arraycopy(ipv4, 0, ipv6, 12, 4);
        return ipv6;
    }

    private static IllegalArgumentException broken(String text, String rule) {
        return new IllegalArgumentException("range is \"" + text + "\": must be an address range, " + rule);
    }
}
