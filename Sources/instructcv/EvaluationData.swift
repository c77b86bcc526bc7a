import ArgumentParser
import Datasets
import Foundation
import Platform

/// A data set to evaluate on, by its name on the command line.
enum EvaluationData: String, CaseIterable, ExpressibleByArgument {
  case sceneworld, coco, ade20k, nyu
  case oxfordPets = "oxford-pets"

  /// The split that evaluations use unless told otherwise.
  func defaultSplit(in root: String) -> String {
    switch self {
    case .sceneworld: return SceneSplit.val.rawValue
    case .coco: return "val2017"
    case .ade20k: return "validation"
    case .nyu:
      let lists = [
        "nyudepthv2_test_files_with_gt.txt", "nyu_data/data/nyu2_test.csv", "nyu_test.txt",
      ]
      return lists.first { FileManager.default.fileExists(atPath: root + "/" + $0) } ?? lists[0]
    case .oxfordPets: return "test"
    }
  }

  /// Opens a split.
  ///
  /// - Throws: ``ReportableError`` when it isn't there or not whole.
  func open(root: String, split: String) throws -> any PictureSource {
    switch self {
    case .sceneworld:
      guard let split = SceneSplit(rawValue: split) else {
        throw ReportableError(
          .usage,
          "SceneWorld has no split \"\(split)\"; choose one of "
            + SceneSplit.allCases.map(\.rawValue).joined(separator: ", "))
      }
      return try CocoSource(sceneWorld: root, split: split)
    case .coco:
      return CocoSource(try CocoInstances(root: root, split: split), masks: .official)
    case .ade20k: return ADE20KSource(try ADE20KScenes(root: root, split: split))
    case .nyu:
      let path = try ConfinedPath.join(root, split)
      guard split.hasSuffix(".csv") else {
        return DepthPairSource(try DepthPairs(list: path, folder: pairFolder(root, list: split)))
      }
      // The paths in such a list lead from the folder above its own.
      let folder = (path as NSString).deletingLastPathComponent
      return DepthPairSource(
        try DepthPairs(
          csv: path,
          folder: split.contains("/") ? (folder as NSString).deletingLastPathComponent : folder))
    case .oxfordPets: return OxfordPetSource(try OxfordPets(root: root, list: split))
    }
  }

  /// The "sync" release has its pictures in folders that its lists don't name.
  private func pairFolder(_ root: String, list: String) -> String {
    let folder = root + (list.contains("train") ? "/sync" : "/official_splits/test")
    return FileManager.default.fileExists(atPath: folder) ? folder : root
  }
}
