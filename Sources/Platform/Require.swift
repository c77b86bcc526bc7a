/// Stops the program when `condition` is false: for mistakes inside the program (a wrong shape, a
/// misused call), never for anything that depends on outside bytes.
///
/// `precondition` loses its message in optimised builds; this keeps it in every build.
@inlinable
public func require(
  _ condition: Bool, _ message: @autoclosure () -> String,
  file: StaticString = #fileID, line: UInt = #line
) {
  if !condition { fatalError(message(), file: file, line: line) }
}
