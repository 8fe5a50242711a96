// SPDX-License-Identifier: Apache-2.0
package org.gatepost.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.gatepost.tlsrpt.ReadLimits;
import org.gatepost.tlsrpt.ReadReport;
import org.gatepost.tlsrpt.ReportAnalysis;
import org.gatepost.tlsrpt.ReportFile;
import org.jspecify.annotations.Nullable;

/// Reads the reports of files and of all files below folders, one at a time. Symbolic links within folders are
/// not
/// followed.
public final class ReportScan {
    static final int MOST_PROBLEMS = 1_000;

    private final ReportAnalysis analysis;
    private final Progress progress;
    private final List<Problem> problems = new ArrayList<>();
    private long files;
    private long unreadable;

    public ReportScan(ReportAnalysis analysis, Progress progress) {
        this.analysis = analysis;
        this.progress = progress;
    }

    /// A file that could not be read.
    ///
    /// @param reason one printable line
    public record Problem(Path file, String reason) {}

    /// @param files all that were looked at
    /// @param problems the first of the unreadable
    public record Result(long files, long unreadable, List<Problem> problems) {
        public Result {
            problems = List.copyOf(problems);
        }
    }

    public Result read(List<Path> paths) {
        var total = new long[1];
        walk(paths, file -> total[0]++, (file, e) -> total[0]++);
        walk(
                paths,
                file -> {
                    progress.at(files, total[0]);
                    files++;
                    read(file);
                },
                (file, e) -> {
                    files++;
                    problem(file, reason(e));
                });
        progress.end();
        return new Result(files, unreadable, problems);
    }

    private static void walk(List<Path> paths, Consumer<Path> read, BiConsumer<Path, IOException> failed) {
        for (Path path : paths) {
            try {
                Files.walkFileTree(start(path), new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        if (attributes.isRegularFile() || file.equals(path)) {
                            read.accept(file);
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException e) {
                        failed.accept(file, e);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) {
                        if (e != null) {
                            failed.accept(folder, e);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
            } catch (IOException e) {
                failed.accept(path, e);
            }
        }
    }

    /// Whoever names a link to a folder means the folder.
    private static Path start(Path path) throws IOException {
        return Files.isSymbolicLink(path) && Files.isDirectory(path) ? path.toRealPath() : path;
    }

    private void read(Path file) {
        try (InputStream input = Files.newInputStream(file)) {
            switch (ReportFile.read(input, ReadLimits.DEFAULT)) {
                case ReadReport.Accepted accepted -> analysis.add(accepted);
                case ReadReport.Unreadable none -> problem(file, none.toString());
            }
        } catch (IOException | UncheckedIOException e) {
            problem(file, reason(e));
        }
    }

    private static String reason(Exception e) {
        return switch (e) {
            case AccessDeniedException ignored -> "permission denied";
            case NoSuchFileException ignored -> "is gone";
            default -> "cannot be read: " + String.valueOf(e.getMessage()).replaceAll("\\p{Cntrl}", "?");
        };
    }

    private void problem(Path file, String reason) {
        unreadable++;
        if (problems.size() < MOST_PROBLEMS) {
            problems.add(new Problem(file, reason));
        }
    }
}
