// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.Optional;

/// What the zone above says of one name, on the way down from a trust anchor.
///
/// @param keys of the zone that begins here, if one does
/// @param nothingBelow whether no zone can begin further down
/// @param gap why it could not be learned whether a zone begins here
record ChainStep(Optional<ZoneKeys> keys, boolean nothingBelow, Optional<Standing<ZoneKeys>> gap) {
    static ChainStep into(ZoneKeys keys) {
        return new ChainStep(Optional.of(keys), false, Optional.empty());
    }

    static ChainStep noCut(boolean nothingBelow) {
        return new ChainStep(Optional.empty(), nothingBelow, Optional.empty());
    }

    static ChainStep gap(Standing<ZoneKeys> why) {
        return new ChainStep(Optional.empty(), false, Optional.of(why));
    }
}
