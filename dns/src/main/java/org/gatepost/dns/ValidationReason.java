// SPDX-License-Identifier: Apache-2.0
package org.gatepost.dns;

import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.Set;

/// The validator's reasons in our words: its message keys with their arguments, and the sentence for each.
///
/// @param key the validator's message key, such as `dnskey.no_ds_match`
/// @param arguments names or inner reasons, never whole records
record ValidationReason(String key, List<String> arguments) {
    /// Between key and arguments; occurs in neither, as names escape control characters.
    private static final String SEPARATOR = "\u0001";

    /// Keys whose argument is a record set printed whole: long, and full of other people's text.
    private static final Set<String> WITH_RECORDS = Set.of(
            "failed.answer.positive",
            "failed.authority.positive",
            "failed.authority.nodata",
            "failed.nxdomain.authority",
            "failed.nxdomain.cname_nxdomain");

    private static final Map<String, String> SENTENCES = Map.ofEntries(
            Map.entry("dnskey.no_rrset", "the zone's DNSKEY records are missing"),
            Map.entry("dnskey.no_ds_match", "no key of the zone matches the parent's DS record or the trust anchor"),
            Map.entry("dnskey.no_ds_alg_match", "no key of the zone has the algorithm of the parent's DS record"),
            Map.entry("dnskey.ds_match_mismatch", "the key that matches the DS record does not sign the key set"),
            Map.entry("dnskey.ds_max_match", "too many keys of the zone fail against its DS records"),
            Map.entry("dnskey.no_key", "the key that a signature names is missing"),
            Map.entry("dnskey.no_match", "a signature is of another key"),
            Map.entry("dnskey.expired", "a signature has expired"),
            Map.entry("dnskey.not_yet_valid", "a signature is not yet valid"),
            Map.entry("dnskey.invalid", "a signature is wrong"),
            Map.entry("failed.ds.nonsec", "a missing DS record is not denied by signed NSEC or NSEC3 records"),
            Map.entry("failed.ds.nsec3", "NSEC3 records do not prove that there is no DS record"),
            Map.entry("failed.ds.nsec", "NSEC records do not prove that there is no DS record"),
            Map.entry("failed.ds.unknown", "whether there is a DS record is not proven"),
            Map.entry("failed.nodata", "NSEC or NSEC3 records do not prove that the records do not exist"),
            Map.entry("failed.nxdomain.exists", "NSEC or NSEC3 records do not prove that the name does not exist"),
            Map.entry("failed.nxdomain.haswildcard", "NSEC or NSEC3 records do not exclude a wildcard"),
            Map.entry("failed.nxdomain.nsec3_bogus", "NSEC3 records do not prove that the name does not exist"),
            Map.entry("failed.nsec3_ignored", "NSEC3 records use more iterations or another hash than accepted"),
            Map.entry("failed.positive.wildcard_too_broad", "nothing proves that the wildcard applies"),
            Map.entry("validate.bogus.missingsig", "the signature is missing in a signed zone"),
            Map.entry("validate.bogus.missingsig_named", "the signature is missing in a signed zone"),
            Map.entry("validate.bogus.rrsigtoomany", "too many signatures"));

    /// @param text as [Bundle] made the validator write it
    static ValidationReason parse(String text) {
        var parts = List.of(text.split(SEPARATOR, -1));
        var arguments = parts.subList(1, parts.size()).stream()
                .filter(argument -> !argument.matches("\\{[01]\\}|null"))
                .toList();
        return new ValidationReason(parts.getFirst(), arguments);
    }

    /// A sentence part; an unknown key is shown as it is.
    String sentence() {
        return SENTENCES.getOrDefault(key, "the validator says " + key);
    }

    /// Makes the validator's messages machine-readable: key, then the arguments.
    static final class Bundle extends ResourceBundle {
        @Override
        protected Object handleGetObject(String key) {
            return WITH_RECORDS.contains(key) ? key : key + SEPARATOR + "{0}" + SEPARATOR + "{1}";
        }

        @Override
        public Enumeration<String> getKeys() {
            return Collections.emptyEnumeration();
        }
    }
}
