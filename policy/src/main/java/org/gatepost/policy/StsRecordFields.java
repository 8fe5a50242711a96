// SPDX-License-Identifier: Apache-2.0
package org.gatepost.policy;

import java.util.Optional;
import java.util.regex.Pattern;

/// The grammar of one record: fields between semicolons, with white space around these.
final class StsRecordFields {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9]{1,32}");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,31}");
    private static final Pattern VALUE = Pattern.compile("[\\x21-\\x3A\\x3C\\x3E-\\x7E]+");

    private StsRecordFields() {}

    /// @param text begins with `v=STSv1;`
    static StsRecord parse(String text) {
        String[] fields = text.split(";", -1);
        // One delimiter may stand at the end (RFC 8461 §3.1: [sts-field-delim]).
        int count = WhiteSpace.trim(fields[fields.length - 1]).isEmpty() ? fields.length - 1 : fields.length;
        Optional<String> id = Optional.empty();
        for (int i = 1; i < count; i++) {
            String begun = fields[i].substring(WhiteSpace.skip(fields[i], 0));
            // White space belongs to delimiters; at the end of the record there is none.
            String field = i < fields.length - 1 ? WhiteSpace.trimEnd(begun) : begun;
            int equals = field.indexOf('=');
            String name = equals < 0 ? "" : field.substring(0, equals);
            String value = field.substring(equals + 1);
            // A repeated field counts once, the first time (RFC 8461 §3.2 says so for both grammars).
            if (name.equals("id") && id.isEmpty()) {
                if (!ID.matcher(value).matches()) {
                    return badId("id is not 1 to 32 letters and digits: '" + PrintableText.line(value, 40) + "'");
                }
                id = Optional.of(value);
            } else if (!NAME.matcher(name).matches() || !VALUE.matcher(value).matches()) {
                return new StsRecord.None(
                        StsRecord.Reason.BAD_SYNTAX,
                        "field " + (i + 1) + " is not name=value (RFC 8461 §3.1): '" + PrintableText.line(field, 40)
                                + "'");
            }
        }
        return id.<StsRecord>map(StsRecord.Published::new).orElseGet(() -> badId("there is no id"));
    }

    private static StsRecord.None badId(String detail) {
        return new StsRecord.None(StsRecord.Reason.BAD_ID, detail + " (RFC 8461 §3.1)");
    }
}
