// SPDX-License-Identifier: Apache-2.0

/// Names that mail is addressed by: domain names in A-label form and mailboxes.
///
/// Both are values that cannot hold a malformed name, so no other module checks them again.
@NullMarked
package org.gatepost.names;

import org.jspecify.annotations.NullMarked;
