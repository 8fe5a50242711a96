// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.xbill.DNS.DClass;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Type;
import org.xbill.DNS.utils.base32;

/// The NSEC3 records of one zone.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5155 RFC 5155 §7.1
final class HashedDenials {
    private static final base32 HEX = new base32(base32.Alphabet.BASE32HEX, false, true);
    private static final int ITERATIONS = 1;
    private static final byte[] SALT = {(byte) 0xca, (byte) 0xfe};

    private final Name origin;
    private final NavigableMap<String, RRset> chain = new TreeMap<>();

    /// @param types the types at each name that owns records
    HashedDenials(Name origin, Map<Name, Set<Integer>> types, boolean optOut) {
        this.origin = origin;
        var hashed = new TreeMap<String, Set<Integer>>();
        types.forEach((name, own) -> {
            if (!optOut || !isUnsignedDelegation(name, own)) {
                for (Name at = name; at.subdomain(origin); at = new Name(at, 1)) {
                    hashed.merge(hash(at), at.equals(name) ? own : Set.of(), HashedDenials::union);
                    if (at.equals(origin)) {
                        break;
                    }
                }
            }
        });
        List<String> owners = new ArrayList<>(hashed.keySet());
        for (int i = 0; i < owners.size(); i++) {
            String next = owners.get((i + 1) % owners.size());
            chain.put(owners.get(i), record(owners.get(i), next, hashed.getOrDefault(owners.get(i), Set.of()), optOut));
        }
    }

    private static Set<Integer> union(Set<Integer> one, Set<Integer> other) {
        var both = new TreeSet<>(one);
        both.addAll(other);
        return both;
    }

    private boolean isUnsignedDelegation(Name name, Set<Integer> types) {
        return !name.equals(origin) && types.contains(Type.NS) && !types.contains(Type.DS);
    }

    private RRset record(String owner, String next, Set<Integer> types, boolean optOut) {
        var all = new TreeSet<>(types);
        boolean hasSignatures = !types.isEmpty() && !types.equals(Set.of(Type.NS));
        if (hasSignatures) {
            all.add(Type.RRSIG);
        }
        return new RRset(new NSEC3Record(
                Zone.concatenate(owner, origin),
                DClass.IN,
                Zone.TTL,
                NSEC3Record.SHA1_DIGEST_ID,
                optOut ? 1 : 0,
                ITERATIONS,
                SALT,
                HEX.fromString(next),
                all.stream().mapToInt(Integer::intValue).toArray()));
    }

    private static String hash(Name name) {
        var parameters = new NSEC3Record(
                Name.root,
                DClass.IN,
                Zone.TTL,
                NSEC3Record.SHA1_DIGEST_ID,
                0,
                ITERATIONS,
                SALT,
                new byte[20],
                new int[0]);
        try {
            return HEX.toString(parameters.hashName(name));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK has no SHA-1", e);
        }
    }

    /// The record of the name, or its closest encloser proof (RFC 5155 §7.2.1), unsigned.
    List<RRset> denial(Name name) {
        RRset match = chain.get(hash(name));
        if (match != null) {
            return List.of(match);
        }
        Name nextCloser = name;
        Name encloser = new Name(name, 1);
        while (!chain.containsKey(hash(encloser))) {
            nextCloser = encloser;
            encloser = new Name(encloser, 1);
        }
        var before = chain.lowerEntry(hash(nextCloser));
        RRset covering = before == null ? chain.lastEntry().getValue() : before.getValue();
        RRset found = chain.getOrDefault(hash(encloser), covering);
        return found.equals(covering) ? List.of(found) : List.of(found, covering);
    }
}
