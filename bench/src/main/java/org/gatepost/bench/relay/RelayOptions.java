// SPDX-License-Identifier: Apache-2.0
package org.gatepost.bench.relay;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// What the command line asks for.
///
/// @param cases by name; none: all
/// @param rounds how often each system is measured in a case
/// @param messages for each run; empty: what the case says
/// @param warmUpSeconds load before the first measured run of a system
/// @param queued how many recipients wait in the backlog
/// @param recipients for each message of the backlog
/// @param patient whether a run waits for a quiet machine, and is repeated when it was disturbed
record RelayOptions(
        List<String> cases,
        int rounds,
        OptionalInt messages,
        int warmUpSeconds,
        int queued,
        int recipients,
        boolean patient) {
    static final String USAGE = """
            ./dev bench relay [CASE…] [OPTION…]   relaying beside Postfix; needs root, a quiet machine, some minutes a case

              --rounds N       measured runs of each system, in turn (3)
              --messages N     in each run (as the case says)
              --warm-up N      seconds of load for each system before its first measured run (10)
              --queued N       recipients that wait in the backlog (1000000)
              --recipients N   of each message that fills the backlog (10)
              --no-wait        neither wait for a quiet machine nor repeat a disturbed run: for trying it out

            Spools are below $TMPDIR, /var/tmp unless set, which must be on a disk. Cases:
            """;

    RelayOptions {
        cases = List.copyOf(cases);
    }

    /// @throws BenchFailure when the words are none that are known
    static RelayOptions parse(String[] words) {
        var cases = new ArrayList<String>();
        int rounds = 3;
        OptionalInt messages = OptionalInt.empty();
        int warmUp = 10;
        int queued = 1_000_000;
        int recipients = 10;
        boolean patient = true;
        for (int i = 0; i < words.length; i++) {
            switch (words[i]) {
                case "--rounds" -> rounds = number(words, ++i, 100);
                case "--messages" -> messages = OptionalInt.of(number(words, ++i, 10_000_000));
                case "--warm-up" -> warmUp = number(words, ++i, 3600);
                case "--queued" -> queued = number(words, ++i, 10_000_000);
                case "--recipients" -> recipients = number(words, ++i, 1000);
                case "--no-wait" -> patient = false;
                default -> cases.add(words[i]);
            }
        }
        return new RelayOptions(cases, rounds, messages, warmUp, queued, recipients, patient);
    }

    private static int number(String[] words, int index, int most) {
        if (index < words.length && words[index].matches("[0-9]{1,9}")) {
            int value = Integer.parseInt(words[index]);
            if (value >= 1 && value <= most) {
                return value;
            }
        }
        throw new BenchFailure(words[index - 1] + " needs a number from 1 to " + most);
    }
}
