// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// How many destinations of each kind a case has.
record Population(int dane, int sts, int opportunistic, int clear, int down) {
    static Population ofDane(int count) {
        return new Population(count, 0, 0, 0, 0);
    }

    /// What holds the destinations of both.
    Population and(Population other) {
        return new Population(
                Math.max(dane, other.dane),
                Math.max(sts, other.sts),
                Math.max(opportunistic, other.opportunistic),
                Math.max(clear, other.clear),
                Math.max(down, other.down));
    }

    /// Those that take mail, the kinds mixed evenly.
    List<Destination> live() {
        int most = Math.max(Math.max(dane, sts), Math.max(opportunistic, clear));
        return IntStream.range(0, most)
                .boxed()
                .flatMap(i -> Stream.of(
                                one(Protection.DANE, dane, i),
                                one(Protection.STS, sts, i),
                                one(Protection.OPPORTUNISTIC, opportunistic, i),
                                one(Protection.CLEAR, clear, i))
                        .flatMap(kind -> kind))
                .toList();
    }

    private static Stream<Destination> one(Protection protection, int count, int index) {
        return index < count ? Stream.of(protection.destination(index)) : Stream.empty();
    }

    /// One that must get nothing for each kind of policy that there is.
    List<Destination> controls() {
        return Stream.concat(one(Protection.DANE_CONTROL, dane, 0), one(Protection.STS_CONTROL, sts, 0))
                .toList();
    }

    List<Destination> downs() {
        return IntStream.range(0, down).mapToObj(Protection.DOWN::destination).toList();
    }

    List<Destination> all() {
        return Stream.of(live(), controls(), downs()).flatMap(List::stream).toList();
    }
}
