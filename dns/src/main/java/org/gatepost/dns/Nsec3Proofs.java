// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gatepost.dns.ValidationReason.Kind;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/// What NSEC3 records of one zone prove. Pure but for the hashes it spends.
///
/// @spec https://www.rfc-editor.org/rfc/rfc5155 RFC 5155 §8
/// @spec https://www.rfc-editor.org/rfc/rfc9276 RFC 9276 §3.2: too many iterations make insecure
final class Nsec3Proofs implements DenialProofs {
    private static final int OPT_OUT = 1;

    private final Name zone;
    private final List<NSEC3Record> records;
    private final int maxIterations;
    private final WorkBudget budget;
    private final Map<Name, String> hashes = new HashMap<>();

    /// @param records their signatures checked
    Nsec3Proofs(Name zone, List<NSEC3Record> records, int maxIterations, WorkBudget budget) {
        this.zone = zone;
        List<NSEC3Record> understood =
                records.stream().filter(nsec3 -> isUnderstood(nsec3, zone)).toList();
        this.records = haveOneSetOfParameters(understood) ? understood : List.of();
        this.maxIterations = maxIterations;
        this.budget = budget;
    }

    /// RFC 5155 §8.1 and §8.2: records of other hashes or with unknown flags are ignored.
    private static boolean isUnderstood(NSEC3Record nsec3, Name zone) {
        return nsec3.getHashAlgorithm() == NSEC3Record.SHA1_DIGEST_ID
                && (nsec3.getFlags() & ~OPT_OUT) == 0
                && nsec3.getNext().length == Nsec3Hash.SHA1_OCTETS
                && nsec3.getName().labels() == zone.labels() + 1
                && nsec3.getName().subdomain(zone);
    }

    /// RFC 5155 §8.2 lets a validator take a mixture for bogus. It is refused here, as each set of parameters
    /// would have every name hashed anew.
    private static boolean haveOneSetOfParameters(List<NSEC3Record> records) {
        return records.stream()
                        .map(nsec3 ->
                                nsec3.getIterations() + " " + HexFormat.of().formatHex(salt(nsec3)))
                        .distinct()
                        .count()
                <= 1;
    }

    private static byte[] salt(NSEC3Record nsec3) {
        return nsec3.getSalt() == null ? new byte[0] : nsec3.getSalt();
    }

    /// The name that exists above a denied one, and the record that denies the next longer one.
    private record Enclosed(Name encloser, NSEC3Record denial) {
        boolean isOptOut() {
            return (denial.getFlags() & OPT_OUT) != 0;
        }
    }

    private boolean isTooDear() {
        return records.stream().anyMatch(nsec3 -> nsec3.getIterations() > maxIterations);
    }

    @Override
    public Proof nameError(Name name) {
        if (isTooDear()) {
            return new Proof.Unsigned(Kind.NSEC3_ITERATIONS);
        }
        Optional<Enclosed> enclosed = enclosed(name);
        if (enclosed.isEmpty()) {
            return new Proof.Unproven(name + " does not exist");
        }
        Name wildcard = Names.wildcardBelow(enclosed.get().encloser());
        if (covering(wildcard).isEmpty()) {
            return new Proof.Unproven("there is no wildcard " + wildcard);
        }
        return signed(enclosed.get());
    }

    /// RFC 5155 §9.2: where names may have been left out, nothing is proven to be absent.
    private static Proof signed(Enclosed enclosed) {
        return enclosed.isOptOut() ? new Proof.Unsigned(Kind.OPT_OUT) : new Proof.Proven();
    }

    @Override
    public Proof noData(Name name, int type) {
        if (isTooDear()) {
            return new Proof.Unsigned(Kind.NSEC3_ITERATIONS);
        }
        String lacking = name + " has no " + Type.string(type);
        Optional<NSEC3Record> match = matching(name);
        if (match.isPresent()) {
            return Proof.provenIf(DenialProofs.lacks(match.get()::hasType, name, type), lacking);
        }
        Optional<Enclosed> enclosed = enclosed(name);
        if (enclosed.isEmpty()) {
            return new Proof.Unproven(lacking);
        }
        Name wildcard = Names.wildcardBelow(enclosed.get().encloser());
        Optional<NSEC3Record> atWildcard = matching(wildcard);
        if (atWildcard.isPresent()) {
            return DenialProofs.lacks(atWildcard.get()::hasType, wildcard, type)
                    ? signed(enclosed.get())
                    : new Proof.Unproven("the wildcard " + wildcard + " has no " + Type.string(type));
        }
        // RFC 5155 §8.6, and for other types: an unsigned zone, or the empty name above it, was left out.
        return enclosed.get().isOptOut() ? new Proof.Unsigned(Kind.OPT_OUT) : new Proof.Unproven(lacking);
    }

    @Override
    public Proof noCloserMatch(Name name, Name wildcard) {
        if (isTooDear()) {
            return new Proof.Unsigned(Kind.NSEC3_ITERATIONS);
        }
        Name encloser = new Name(wildcard, 1);
        Name nextCloser = Names.suffix(name, encloser.labels() + 1);
        return covering(nextCloser)
                .map(denial -> signed(new Enclosed(encloser, denial)))
                .orElseGet(() -> new Proof.Unproven("the wildcard " + wildcard + " applies to " + name));
    }

    @Override
    public Delegation delegation(Name name) {
        if (isTooDear()) {
            return new Delegation.Unsigned(Kind.NSEC3_ITERATIONS);
        }
        Optional<NSEC3Record> match = matching(name);
        if (match.isPresent()) {
            NSEC3Record nsec3 = match.get();
            if (nsec3.hasType(Type.SOA) || nsec3.hasType(Type.DS)) {
                return new Delegation.Unproven();
            }
            return nsec3.hasType(Type.NS) ? new Delegation.Unsigned(Kind.UNSIGNED_DELEGATION) : new Delegation.None();
        }
        return enclosed(name)
                .<Delegation>map(enclosed ->
                        enclosed.isOptOut() ? new Delegation.Unsigned(Kind.OPT_OUT) : new Delegation.NothingBelow())
                .orElseGet(Delegation.Unproven::new);
    }

    @Override
    public List<Record> about(Name name) {
        if (isTooDear()) {
            return List.of();
        }
        List<Name> names = DenialProofs.around(name, zone);
        return records.stream()
                .filter(nsec3 -> names.stream().anyMatch(at -> isAt(nsec3, at) || isOver(nsec3, at)))
                .<Record>map(nsec3 -> nsec3)
                .toList();
    }

    /// The closest encloser proof (RFC 5155 §8.3).
    private Optional<Enclosed> enclosed(Name name) {
        for (int labels = name.labels() - 1; labels >= zone.labels(); labels--) {
            Name encloser = Names.suffix(name, labels);
            Optional<NSEC3Record> match = matching(encloser);
            if (match.isPresent()) {
                return isCut(match.get())
                        ? Optional.empty()
                        : covering(Names.suffix(name, labels + 1)).map(denial -> new Enclosed(encloser, denial));
            }
        }
        return Optional.empty();
    }

    /// Below a delegation or a DNAME this zone says nothing.
    private static boolean isCut(NSEC3Record nsec3) {
        return (nsec3.hasType(Type.NS) && !nsec3.hasType(Type.SOA)) || nsec3.hasType(Type.DNAME);
    }

    private Optional<NSEC3Record> matching(Name name) {
        return records.stream().filter(nsec3 -> isAt(nsec3, name)).findFirst();
    }

    private boolean isAt(NSEC3Record nsec3, Name name) {
        return hash(name, nsec3)
                .filter(Nsec3Hash.ofOwner(nsec3.getName())::equals)
                .isPresent();
    }

    private Optional<NSEC3Record> covering(Name name) {
        return records.stream().filter(nsec3 -> isOver(nsec3, name)).findFirst();
    }

    private boolean isOver(NSEC3Record nsec3, Name name) {
        return hash(name, nsec3).filter(hash -> spans(nsec3, hash)).isPresent();
    }

    private static boolean spans(NSEC3Record nsec3, String hash) {
        String owner = Nsec3Hash.ofOwner(nsec3.getName());
        String next = Nsec3Hash.text(nsec3.getNext());
        boolean after = owner.compareTo(hash) < 0;
        boolean before = hash.compareTo(next) < 0;
        boolean isLast = owner.compareTo(next) >= 0;
        return isLast ? after || before : after && before;
    }

    /// Empty when the budget is spent.
    private Optional<String> hash(Name name, NSEC3Record nsec3) {
        Name key = name.canonicalize();
        if (!hashes.containsKey(key) && budget.spendNsec3Hash()) {
            hashes.put(key, Nsec3Hash.of(name, salt(nsec3), nsec3.getIterations()));
        }
        return Optional.ofNullable(hashes.get(key));
    }
}
