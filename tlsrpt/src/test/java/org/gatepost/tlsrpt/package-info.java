// SPDX-License-Identifier: Apache-2.0
@NullMarked
package org.gatepost.tlsrpt;

import org.jspecify.annotations.NullMarked;
