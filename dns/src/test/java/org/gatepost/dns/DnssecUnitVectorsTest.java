// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Record;

/// Others' vectors for signatures, DS digests and NSEC3 hashes, read in place from the corpus.
class DnssecUnitVectorsTest {
    /// Entries, by file and number from 1, whose verdict here is not that of the vectors, and why.
    private static final Map<String, String> DIFFERENCES = Map.of(
            "test_sigs.gost 1", "algorithm 12 is retired (RFC 9906): not validated, hence never secure",
            "test_sigs.gost 2", "algorithm 12 is retired (RFC 9906): not validated, hence never secure",
            "test_sigs.gost 3", "algorithm 12 is retired (RFC 9906): not validated, hence never secure",
            "test_sigs.sha1_and_256 2", "one signature that holds is enough (RFC 6840 §5.11)",
            "test_sigs.sha1_and_256 3", "one signature that holds is enough (RFC 6840 §5.11)");

    private static Stream<Path> files(String prefix, String what) throws IOException {
        Optional<Path> folder = Corpus.folder("dnssec-units", what);
        if (folder.isEmpty()) {
            return Stream.empty();
        }
        try (Stream<Path> files = Files.list(folder.get())) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix)).sorted().toList().stream();
        }
    }

    private static List<ReplayEntry> entries(Path file) throws IOException {
        return ReplayParser.parseEntries(Files.readString(file, StandardCharsets.ISO_8859_1));
    }

    @TestFactory
    Stream<DynamicTest> aSignatureHoldsWhereTheVectorsSaySo() throws IOException {
        var tests = new ArrayList<DynamicTest>();
        for (Path file : files("test_sigs.", "the signature vectors").toList()) {
            List<ReplayEntry> entries = entries(file);
            List<DNSKEYRecord> keys = entries.getFirst().answer().stream()
                    .filter(DNSKEYRecord.class::isInstance)
                    .map(DNSKEYRecord.class::cast)
                    .toList();
            for (int number = 1; number < entries.size(); number++) {
                String name = file.getFileName() + " " + number;
                ReplayEntry entry = entries.get(number);
                tests.add(DynamicTest.dynamicTest(name, () -> requireVerdict(name, keys, entry)));
            }
        }
        return tests.stream();
    }

    private static void requireVerdict(String name, List<DNSKEYRecord> keys, ReplayEntry entry) {
        boolean bogus =
                entry.question().orElseThrow().getName().getLabelString(0).startsWith("bogus");
        var zone = new ZoneKeys(keys.getFirst().getName(), keys, Instant.MAX);
        var check = new SignatureCheck(AlgorithmPolicy.WITH_SHA1, within(entry), new WorkBudget(WorkLimits.STANDARD));

        Standing<RRSIGRecord> standing = check.check(new RRset(entry.answer().toArray(Record[]::new)), zone);

        boolean differs = DIFFERENCES.containsKey(name);
        assertThat(standing instanceof Standing.Secure)
                .as("%s: %s", name, standing)
                .isEqualTo(bogus == differs);
    }

    /// When all of an entry's signatures have begun.
    private static Instant within(ReplayEntry entry) {
        return entry.answer().stream()
                .flatMap(r -> r instanceof RRSIGRecord s ? Stream.of(s.getTimeSigned()) : Stream.empty())
                .max(Instant::compareTo)
                .orElseThrow();
    }

    @TestFactory
    Stream<DynamicTest> aDsRecordFitsItsKeyWhereTheVectorsSaySo() throws IOException {
        var tests = new ArrayList<DynamicTest>();
        for (Path file : files("test_ds.", "the DS vectors").toList()) {
            for (ReplayEntry entry : entries(file)) {
                String name = file.getFileName() + " " + (tests.size() + 1);
                tests.add(DynamicTest.dynamicTest(name, () -> requireMatch(entry)));
            }
        }
        return tests.stream();
    }

    private static void requireMatch(ReplayEntry entry) {
        boolean fits =
                entry.question().orElseThrow().getName().getLabelString(0).equals("yes");
        var ds = (DSRecord) entry.answer().get(0);
        var key = (DNSKEYRecord) entry.answer().get(1);

        assertThat(KeySetCheck.vouches(ds, key)).isEqualTo(fits);
    }

    @TestFactory
    Stream<DynamicTest> aNameHasTheHashOfTheVectors() throws IOException {
        var tests = new ArrayList<DynamicTest>();
        for (Path file : files("test_nsec3_hash", "the NSEC3 hash vectors").toList()) {
            for (ReplayEntry entry : entries(file)) {
                Name name = entry.question().orElseThrow().getName();
                tests.add(DynamicTest.dynamicTest(name.toString(), () -> requireHash(name, entry)));
            }
        }
        return tests.stream();
    }

    private static void requireHash(Name name, ReplayEntry entry) {
        var parameters = (NSEC3Record) entry.authority().getFirst();
        String expected = entry.answer().getFirst().getName().getLabelString(0);

        byte[] salt = parameters.getSalt() == null ? new byte[0] : parameters.getSalt();

        assertThat(Nsec3Hash.of(name, salt, parameters.getIterations())).isEqualTo(expected);
    }
}
