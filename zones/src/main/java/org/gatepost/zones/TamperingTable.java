// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/// What is tampered with now. Safe for use by many threads.
final class TamperingTable {
    private record Key(Name name, int type) {}

    private final Map<Key, Tampering> entries = new ConcurrentHashMap<>();

    void put(Name name, int type, Tampering tampering) {
        entries.put(new Key(name, type), tampering);
    }

    void clear() {
        entries.clear();
    }

    /// The entry for the name and type, else the one for the name and any type.
    Optional<Tampering> find(Name name, int type) {
        Tampering exact = entries.get(new Key(name, type));
        return Optional.ofNullable(exact != null ? exact : entries.get(new Key(name, Type.ANY)));
    }
}
