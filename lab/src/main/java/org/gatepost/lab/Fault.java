// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.util.Optional;
import org.gatepost.zones.Tampering;

/// One thing that an attacker does, or that breaks, in a scenario.
public sealed interface Fault {
    /// For people: a sentence part in the third person.
    String description();

    /// @param host the first label of an MX host, such as `mx1`
    record Tls(String host, StartTls becomes) implements Fault {
        @Override
        public String description() {
            return host + ": " + becomes.description();
        }
    }

    /// The certificate is exchanged; TLSA records stay as they were.
    record Certificate(String host, CertificateKind becomes) implements Fault {
        @Override
        public String description() {
            return host + " shows " + becomes.description();
        }
    }

    record Receiving(String host, Reception becomes) implements Fault {
        @Override
        public String description() {
            return host + " " + becomes.description();
        }
    }

    /// The host leaves an extension out of what it offers.
    record Withholding(String host, Extension extension) implements Fault {
        @Override
        public String description() {
            return host + " does not offer " + extension.line();
        }
    }

    /// Answers of the domain name system are tampered with.
    ///
    /// @param type a record type's mnemonic; `TLSA` means at the host's TLSA owner name
    record Dns(Place place, String type, Tampering tampering) implements Fault {
        @Override
        public String description() {
            return "the " + type + " answer of " + place.description + " " + what();
        }

        private String what() {
            return switch (tampering) {
                case Tampering.Forged _ -> "is forged";
                case Tampering.SignaturesStripped _ -> "has no signatures";
                case Tampering.SignaturesCorrupted _ -> "has corrupt signatures";
                case Tampering.SignaturesExpired _ -> "has expired signatures";
                case Tampering.ErrorReply error -> "is " + error.code();
                case Tampering.Silence _ -> "does not come";
                case Tampering.DenialWithoutProof _ -> "is a denial without proof";
            };
        }
    }

    /// Where [Dns] tampers.
    enum Place {
        DOMAIN("the domain"),
        FIRST_HOST("mx1"),
        POLICY_RECORD("_mta-sts");

        private final String description;

        Place(String description) {
            this.description = description;
        }
    }

    /// The MX answer names the attacker's host, which has a good certificate for its own name and
    /// takes any mail.
    record ForgedMx() implements Fault {
        @Override
        public String description() {
            return "forges the MX record to a host of its own";
        }
    }

    /// The first host's address answer is the attacker's address.
    record ForgedAddress() implements Fault {
        @Override
        public String description() {
            return "forges the address of mx1 to its own";
        }
    }

    record Policy(PolicyFault becomes) implements Fault {
        @Override
        public String description() {
            return "the policy host " + becomes.description();
        }
    }

    /// The policy host serves another policy.
    ///
    /// @param onlyMx the one `mx` of the policy; empty for the domain's own hosts
    record PolicyReplaced(StsMode mode, Optional<String> onlyMx) implements Fault {
        @Override
        public String description() {
            return "the policy becomes mode " + mode
                    + onlyMx.map(mx -> ", listing only " + mx).orElse("");
        }
    }

    /// The `_mta-sts` record has another id, which calls for a new fetch. Only in unsigned domains.
    record NewPolicyId() implements Fault {
        @Override
        public String description() {
            return "the policy id changes";
        }
    }

    /// The `_mta-sts` record is denied, without proof. Only in unsigned domains does anybody believe
    /// it.
    record PolicyRecordDenied() implements Fault {
        @Override
        public String description() {
            return "the _mta-sts record is denied";
        }
    }
}
