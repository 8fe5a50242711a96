// SPDX-License-Identifier: Apache-2.0
package org.gatepost.zones;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.xbill.DNS.Master;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/// One record as a line of a zone file (RFC 1035 §5).
final class ZoneFileText {
    private ZoneFileText() {}

    static Record parse(String line) {
        var octets = new ByteArrayInputStream(line.getBytes(StandardCharsets.ISO_8859_1));
        try (var master = new Master(octets, Name.root, Zone.TTL)) {
            Record record = master.nextRecord();
            if (record == null) {
                throw new IllegalArgumentException("no record: '" + line + "'");
            }
            return record;
        } catch (IOException e) {
            throw new IllegalArgumentException("not a record in zone-file form: '" + line + "'", e);
        }
    }
}
