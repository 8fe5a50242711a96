// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.gatepost.names.DomainName;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNAMERecord;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSEC3Record;
import org.xbill.DNS.NSECRecord;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/// One thing that an attacker in the path does to a reply.
enum ReplyEdit {
    /// Nothing: it is the first, and so what a fuzzer's exhausted input chooses.
    LEAVE {
        @Override
        void apply(DraftReply draft, Choices choices) {}
    },
    FLIP_DATA_BIT {
        @Override
        void apply(DraftReply draft, Choices choices) {
            replace(draft.filledSection(choices), choices, record -> {
                byte[] data = record.rdataToWireCanonical();
                if (data.length > 0) {
                    data[choices.below(data.length)] ^= (byte) (1 << choices.below(8));
                }
                return withData(record, data);
            });
        }
    },
    SET_DATA_OCTET {
        @Override
        void apply(DraftReply draft, Choices choices) {
            replace(draft.filledSection(choices), choices, record -> {
                byte[] data = record.rdataToWireCanonical();
                if (data.length > 0) {
                    // Near the front stand the fields of RRSIG, DNSKEY, DS and NSEC3.
                    data[choices.below(Math.min(data.length, 24))] = (byte) choices.octet();
                }
                return withData(record, data);
            });
        }
    },
    FLIP_MESSAGE_BIT {
        @Override
        void apply(DraftReply draft, Choices choices) {
            draft.flip(choices.below(65536), choices.below(8));
        }
    },
    DROP {
        @Override
        void apply(DraftReply draft, Choices choices) {
            List<Record> section = draft.filledSection(choices);
            if (!section.isEmpty()) {
                section.remove(choices.below(section.size()));
            }
        }
    },
    DROP_SECTION {
        @Override
        void apply(DraftReply draft, Choices choices) {
            draft.section(choices).clear();
        }
    },
    STRIP_SIGNATURES {
        @Override
        void apply(DraftReply draft, Choices choices) {
            draft.section(choices).removeIf(RRSIGRecord.class::isInstance);
        }
    },
    DUPLICATE {
        @Override
        void apply(DraftReply draft, Choices choices) {
            List<Record> section = draft.filledSection(choices);
            if (!section.isEmpty()) {
                Record twice = choices.of(section);
                Collections.nCopies(1 + choices.below(64), twice).forEach(section::add);
            }
        }
    },
    REORDER {
        @Override
        void apply(DraftReply draft, Choices choices) {
            List<Record> section = draft.filledSection(choices);
            if (!section.isEmpty()) {
                Collections.swap(section, choices.below(section.size()), choices.below(section.size()));
            }
        }
    },
    MOVE_TO_OTHER_SECTION {
        @Override
        void apply(DraftReply draft, Choices choices) {
            boolean down = choices.below(2) == 0;
            List<Record> from = down ? draft.answer : draft.authority;
            if (!from.isEmpty()) {
                Record moved = from.remove(choices.below(from.size()));
                (down ? draft.authority : draft.answer).add(moved);
            }
        }
    },
    SET_TTL {
        @Override
        void apply(DraftReply draft, Choices choices) {
            long ttl = choices.of(List.of(0L, 1L, 299L, 301L, 86400L, (1L << 31) - 1));
            replace(
                    draft.filledSection(choices),
                    choices,
                    record -> Record.newRecord(
                            record.getName(), record.getType(), DClass.IN, ttl, record.rdataToWireCanonical()));
        }
    },
    SET_CODE {
        @Override
        void apply(DraftReply draft, Choices choices) {
            draft.rcode(choices.of(List.of(Rcode.NOERROR, Rcode.NXDOMAIN)));
        }
    },
    RENAME_RECORD {
        @Override
        void apply(DraftReply draft, Choices choices) {
            Name name = someName(draft, choices);
            replace(draft.filledSection(choices), choices, record -> record.withName(name));
        }
    },
    /// The set and its signatures together, as when a wildcard's records are handed out for another name.
    RENAME_SET {
        @Override
        void apply(DraftReply draft, Choices choices) {
            Name name = someName(draft, choices);
            List<Record> section = draft.filledSection(choices);
            if (!section.isEmpty()) {
                Name old = choices.of(section).getName();
                section.replaceAll(record -> record.getName().equals(old) ? record.withName(name) : record);
            }
        }
    },
    /// A signature is made to cover another set.
    SWAP_SIGNATURES {
        @Override
        void apply(DraftReply draft, Choices choices) {
            List<Record> section = draft.filledSection(choices);
            List<Integer> places = new ArrayList<>();
            for (int i = 0; i < section.size(); i++) {
                if (section.get(i) instanceof RRSIGRecord) {
                    places.add(i);
                }
            }
            if (places.isEmpty()) {
                return;
            }
            var signature = (RRSIGRecord) section.get(choices.of(places));
            int at = choices.of(places);
            var other = (RRSIGRecord) section.get(at);
            section.set(at, covering(signature, other.getName(), other.getTypeCovered()));
        }
    },
    SWAP_DATA {
        @Override
        void apply(DraftReply draft, Choices choices) {
            List<Record> section = draft.filledSection(choices);
            if (!section.isEmpty()) {
                Record from = choices.of(section);
                replace(
                        section,
                        choices,
                        record -> record.getType() == from.getType()
                                ? withData(record, from.rdataToWireCanonical())
                                : record);
            }
        }
    },
    /// Records of the true reply to another question are added: of another name, type or zone.
    ADD_FROM_OTHER {
        @Override
        void apply(DraftReply draft, Choices choices) {
            Message other = other(draft, choices);
            int part = choices.below(3);
            if (part != 1) {
                draft.authority.addAll(other.getSection(Section.AUTHORITY));
            }
            if (part != 0) {
                draft.answer.addAll(other.getSection(Section.ANSWER));
            }
        }
    },
    REPLACE_BY_OTHER {
        @Override
        void apply(DraftReply draft, Choices choices) {
            Message other = other(draft, choices);
            draft.rcode(other.getRcode());
            draft.answer.clear();
            draft.authority.clear();
            draft.answer.addAll(other.getSection(Section.ANSWER));
            draft.authority.addAll(other.getSection(Section.AUTHORITY));
        }
    },
    /// The true denial of another question stands in for the records.
    DENY_BY_OTHER {
        @Override
        void apply(DraftReply draft, Choices choices) {
            Message other = other(draft, choices);
            draft.rcode(choices.of(List.of(other.getRcode(), Rcode.NOERROR, Rcode.NXDOMAIN)));
            draft.answer.clear();
            draft.authority.clear();
            draft.authority.addAll(other.getSection(Section.AUTHORITY));
        }
    },
    ADD_FORGED {
        @Override
        void apply(DraftReply draft, Choices choices) {
            draft.section(choices).add(forged(draft, choices));
        }
    },
    ADD_SIGNED_BY_ATTACKER {
        @Override
        void apply(DraftReply draft, Choices choices) {
            List<Record> section = draft.section(choices);
            var zone = choices.of(FuzzWorld.HOSTILE);
            section.addAll(draft.surroundings.world().signedByAttacker(zone, dns(zone), forged(draft, choices)));
        }
    },
    /// As [#ADD_SIGNED_BY_ATTACKER], and nothing else is left in the section.
    REPLACE_BY_SIGNED_BY_ATTACKER {
        @Override
        void apply(DraftReply draft, Choices choices) {
            List<Record> section = draft.section(choices);
            var zone = choices.of(FuzzWorld.HOSTILE);
            section.clear();
            section.addAll(draft.surroundings.world().signedByAttacker(zone, dns(zone), forged(draft, choices)));
        }
    },
    /// Proofs of a victim's zone, true ones, of this name or another.
    ADD_PROOF {
        @Override
        void apply(DraftReply draft, Choices choices) {
            var zone = choices.of(FuzzWorld.VICTIMS);
            draft.authority.addAll(draft.surroundings.world().denial(zone, someName(draft, choices)));
        }
    },
    /// The records are denied with proofs that a zone has of two names.
    DENY_BY_ZONE {
        @Override
        void apply(DraftReply draft, Choices choices) {
            var zone = choices.of(FuzzWorld.VICTIMS);
            draft.rcode(choices.of(List.of(Rcode.NOERROR, Rcode.NXDOMAIN)));
            draft.answer.clear();
            draft.authority.clear();
            draft.authority.addAll(draft.surroundings
                    .world()
                    .denial(zone, draft.surroundings.asked().name()));
            draft.authority.addAll(draft.surroundings.world().denial(zone, someName(draft, choices)));
        }
    },
    /// Before a true signature stand many wrong ones by the same key (KeyTrap, CVE-2023-50387).
    PRECEDE_BY_WRONG_SIGNATURES {
        @Override
        void apply(DraftReply draft, Choices choices) {
            List<Record> section = draft.filledSection(choices);
            List<Record> signatures =
                    section.stream().filter(RRSIGRecord.class::isInstance).toList();
            if (!signatures.isEmpty()) {
                Record signature = choices.of(signatures);
                int count = 1 + choices.below(100);
                for (int i = 1; i <= count; i++) {
                    byte[] data = signature.rdataToWireCanonical();
                    data[data.length - 1] ^= (byte) i;
                    section.addFirst(withData(signature, data));
                }
            }
        }
    },
    /// The attacker's key poses as a zone's, or signs records as if it were.
    POSE_AS_ZONE {
        @Override
        void apply(DraftReply draft, Choices choices) {
            WireQuestion asked = draft.surroundings.asked();
            boolean isKey = asked.type() == Type.DNSKEY;
            Name signer = isKey ? asked.name() : dns(choices.of(FuzzWorld.VICTIMS));
            Record posed = isKey
                    ? attackersKey(draft, asked.name())
                    : new ARecord(asked.name(), DClass.IN, 300, InetAddress.ofLiteral("127.0.0.99"));
            draft.answer.clear();
            draft.answer.addAll(
                    draft.surroundings.world().signedByAttacker(FuzzWorld.HOSTILE.getFirst(), signer, posed));
        }
    };

    abstract void apply(DraftReply draft, Choices choices);

    private interface Change {
        Record of(Record record);
    }

    private static void replace(List<Record> section, Choices choices, Change change) {
        if (!section.isEmpty()) {
            int at = choices.below(section.size());
            section.set(at, change.of(section.get(at)));
        }
    }

    /// The record itself when the data are none of its type: what cannot be read, Exchange throws away.
    private static Record withData(Record record, byte[] data) {
        try {
            return Record.newRecord(record.getName(), record.getType(), DClass.IN, record.getTTL(), data);
        } catch (RuntimeException e) {
            return record;
        }
    }

    private static RRSIGRecord covering(RRSIGRecord s, Name owner, int type) {
        byte[] data = s.rdataToWireCanonical();
        data[0] = (byte) (type >> 8);
        data[1] = (byte) type;
        return (RRSIGRecord) Record.newRecord(owner, Type.RRSIG, DClass.IN, s.getTTL(), data);
    }

    private static Name dns(DomainName zone) {
        return Name.fromConstantString(zone.isRoot() ? "." : zone.ascii() + ".");
    }

    private static Message other(DraftReply draft, Choices choices) {
        return draft.surroundings.world().reply(choices.of(draft.surroundings.questions()));
    }

    private static Name someName(DraftReply draft, Choices choices) {
        return choices.below(2) == 0 ? draft.surroundings.asked().name() : choices.of(FuzzWorld.NAMES);
    }

    private static Record forged(DraftReply draft, Choices choices) {
        Name owner = someName(draft, choices);
        Name target = someName(draft, choices);
        int[] types = {Type.A, Type.MX, Type.NS, Type.RRSIG, Type.NSEC};
        return switch (choices.below(9)) {
            case 0 -> new ARecord(owner, DClass.IN, 300, InetAddress.ofLiteral("127.0.0.99"));
            case 1 -> new CNAMERecord(owner, DClass.IN, 300, target);
            case 2 -> new DNAMERecord(owner, DClass.IN, 300, target);
            case 3 -> new NSRecord(owner, DClass.IN, 300, target);
            case 4 -> new NSECRecord(owner, DClass.IN, 300, target, new int[] {types[choices.below(5)], Type.NSEC});
            case 5 -> hashedDenial(draft, owner, target, choices);
            case 6 -> new SOARecord(owner, DClass.IN, 300, target, target, 1, 1, 1, 1, 300);
            case 7 -> new DSRecord(owner, DClass.IN, 300, 2, attackersKey(draft, target));
            default -> attackersKey(draft, owner);
        };
    }

    /// A span around the name, or one that ends where another begins.
    private static Record hashedDenial(DraftReply draft, Name owner, Name zone, Choices choices) {
        byte[] salt = {(byte) 0xca, (byte) 0xfe};
        int iterations = choices.of(List.of(1, 0, 150, 151));
        byte[] hash = new java.math.BigInteger(Nsec3Hash.of(owner, salt, iterations), 32).toByteArray();
        byte[] begin = fit(hash);
        byte[] next = begin.clone();
        begin[19] -= (byte) choices.below(2);
        next[19] += (byte) choices.below(2);
        try {
            Name at = Name.concatenate(Name.fromString(Nsec3Hash.text(begin)), zone);
            int flags = choices.below(2);
            int[] types = choices.below(2) == 0 ? new int[0] : new int[] {Type.NS};
            return new NSEC3Record(at, DClass.IN, 300, 1, flags, iterations, salt, next, types);
        } catch (IOException e) {
            return attackersKey(draft, owner);
        }
    }

    private static byte[] fit(byte[] hash) {
        byte[] fitted = new byte[20];
        int length = Math.min(20, hash.length);
        System.arraycopy(hash, hash.length - length, fitted, 20 - length, length);
        return fitted;
    }

    private static DNSKEYRecord attackersKey(DraftReply draft, Name owner) {
        var question = new WireQuestion(Name.fromConstantString("evil.good.test."), Type.DNSKEY);
        var key = (DNSKEYRecord) draft.surroundings
                .world()
                .reply(question)
                .getSection(Section.ANSWER)
                .getFirst();
        return (DNSKEYRecord) key.withName(owner);
    }
}
