// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.List;

/// What the TXT records at `_mta-sts.<domain>` announce.
///
/// @spec https://www.rfc-editor.org/rfc/rfc8461 RFC 8461 §3.1
public sealed interface StsRecord {
    /// Exactly one well-formed record.
    ///
    /// @param id 1 to 32 letters and digits, case-sensitive; another id means another policy
    record Published(String id) implements StsRecord {}

    /// No record that announces a policy. A policy remembered from before stays in force all the same.
    ///
    /// @param detail one printable line
    record None(Reason reason, String detail) implements StsRecord {}

    /// Why no policy is announced.
    enum Reason {
        /// No TXT record begins with `v=STSv1;`.
        NO_RECORD,
        /// More than one does.
        SEVERAL_RECORDS,
        /// The one record has no `id`, or one that is not 1 to 32 letters and digits.
        BAD_ID,
        /// The one record is not a list of `name=value` fields.
        BAD_SYNTAX
    }

    /// Reads the TXT records of one name.
    ///
    /// The prefix is matched to the letter, so `v=STSv1 ;` is no STS record, although the grammar alone would
    /// allow the space: RFC 8461 §3.1 discards first and parses then.
    ///
    /// @param texts each record with its strings joined, in any order
    static StsRecord parse(List<String> texts) {
        List<String> candidates =
                texts.stream().filter(text -> text.startsWith("v=STSv1;")).toList();
        return switch (candidates.size()) {
            case 0 -> new None(Reason.NO_RECORD, "no TXT record begins with v=STSv1; (RFC 8461 §3.1)");
            case 1 -> StsRecordFields.parse(candidates.getFirst());
            default ->
                new None(
                        Reason.SEVERAL_RECORDS,
                        candidates.size() + " TXT records begin with v=STSv1;, one is allowed (RFC 8461 §3.1)");
        };
    }
}
