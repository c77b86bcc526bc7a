import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Half-written files of runs that were killed.
public enum AbandonedFiles {
  /// Removes from `folder` what dead processes left of files that answer `jobs`. What can't be
  /// removed stays: it harms nobody.
  public static func remove(of jobs: [AnswerJob], in folder: String) {
    let names = Set(jobs.map(\.name))
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for entry in entries {
      guard let partial = PartialName(entry), !partial.isBeingWritten,
        AnswerFiles.endings.contains(where: { ending in
          partial.file.hasSuffix(ending)
            && names.contains(String(partial.file.dropLast(ending.count)))
        })
      else { continue }
      unlink("\(folder)/\(entry)")
    }
  }
}

/// The name of a file that is being written: `<file>.<process>.partial`, as of
/// ``Platform/AtomicFile``.
private struct PartialName {
  let file: String
  let process: pid_t

  init?(_ name: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 2, parts.last == "partial", let process = pid_t(parts[parts.count - 2]),
      process > 0
    else { return nil }
    self.process = process
    file = parts.dropLast(2).joined(separator: ".")
  }

  /// Whether another process lives that may complete the file. This one writes nothing yet: what
  /// has its number is of an earlier process with the same one, as every container gives.
  var isBeingWritten: Bool {
    process != getpid() && (kill(process, 0) == 0 || errno != ESRCH)
  }
}
