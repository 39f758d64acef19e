"""Static files are collected anew when their content changed, whatever their times say: in an archive all are alike."""

import os

from console.serving.assets import collect_static_files


def test_a_file_of_the_same_size_and_time_is_collected_anew(settings, tmp_path):
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    settings.STATICFILES_DIRS = [tmp_path / "sources"]
    source = tmp_path / "sources" / "site.css"
    source.parent.mkdir()
    for content in ("a { top: 1px }", "a { top: 2px }"):
        source.write_text(content)
        os.utime(source, (1e9, 1e9))

        collect_static_files()

        assert (settings.STATIC_ROOT / "site.css").read_text() == content


def test_files_that_did_not_change_are_left_as_they_are(settings, tmp_path):
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    settings.STATICFILES_DIRS = [tmp_path / "sources"]
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "site.css").write_text("a { top: 1px }")
    collect_static_files()
    (settings.STATIC_ROOT / "site.css").unlink()
    os.utime(tmp_path / "sources" / "site.css", (1e9, 1e9))

    collect_static_files()

    assert not (settings.STATIC_ROOT / "site.css").exists()
