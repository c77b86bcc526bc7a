import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// A regular file mapped read-only for as long as this object lives.
///
/// Limitations: if another program truncates the file meanwhile, touching the lost pages stops this
/// process (SIGBUS). Files that are replaced by renaming, as ``AtomicFile`` does, are safe.
package final class MappedFile: @unchecked Sendable {
  /// The whole file. Never written, so it may be read from any thread.
  package let bytes: UnsafeRawBufferPointer
  package let path: String

  /// - Throws: ``ReportableError`` (`missingInput`, `inputOutput`) naming `path`.
  package init(path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw ReportableError(
        .missingInput, "can't be opened: \(String(cString: strerror(errno)))", path: path)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ReportableError(.missingInput, "is not a file", path: path)
    }
    self.path = path
    guard status.st_size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let mapping = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let mapping, mapping != MAP_FAILED else {
      throw ReportableError(
        .inputOutput, "can't be mapped into memory: \(String(cString: strerror(errno)))", path: path
      )
    }
    bytes = UnsafeRawBufferPointer(start: mapping, count: Int(status.st_size))
  }

  deinit {
    if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
  }

  /// Lets the system take back the memory of `range`; reading it again reads the file again.
  package func releasePages(_ range: Range<Int>) { advise(range, MADV_DONTNEED) }

  /// Lets the system fetch `range` while something else is done.
  package func prefetchPages(_ range: Range<Int>) { advise(range, MADV_WILLNEED) }

  private func advise(_ range: Range<Int>, _ advice: Int32) {
    require(
      range.lowerBound >= 0 && range.upperBound <= bytes.count,
      "advice about pages of \(range) for a mapping of \(bytes.count) bytes")
    guard let base = bytes.baseAddress, !range.isEmpty else { return }
    // Rounded outwards: dropping a neighbour's bytes costs it a page fault and nothing else.
    let pageByteCount = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = range.lowerBound / pageByteCount * pageByteCount
    madvise(UnsafeMutableRawPointer(mutating: base + first), range.upperBound - first, advice)
  }
}
