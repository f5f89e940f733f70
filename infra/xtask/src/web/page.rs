//! Puts the page together: names files by their content and writes the names where they are used.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::bundle::Bundle;
use super::glue::Glue;
use super::inputs::files;

/// The sheet that names the cascade layers, which must come first.
const LAYERS: &str = "style/layers.css";

/// Makes the bundle from the glue and the files in `web`, the folder of the panel.
pub(super) fn assemble(web: &Path, glue: Glue) -> Result<Bundle> {
    let mut bundle = Bundle::default();
    let css = bundle.add_asset("style", "css", flush(&style(web)?).into_bytes());
    let js = String::from_utf8(glue.js).context("the glue is no text")?;
    let js = bundle.add_asset("app", "js", flush(&js).into_bytes());
    let wasm = bundle.add_asset("app_bg", "wasm", glue.wasm);
    let theme = bundle.add_asset("theme", "js", read(web, "theme.js")?.into_bytes());
    let boot = fill(&read(web, "boot.js")?, &[("js", &js), ("wasm", &wasm)]).context("web/boot.js")?;
    let boot = bundle.add_asset("boot", "js", boot.into_bytes());

    let names = [("css", &css), ("js", &js), ("wasm", &wasm), ("theme", &theme), ("boot", &boot)];
    let page = fill(&read(web, "index.html")?, &names.map(|(name, path)| (name, path.as_str())))
        .and_then(without_inline_script)
        .context("web/index.html")?;
    bundle.add("index.html", page.into_bytes());

    let fixed = web.join("static");
    if fixed.exists() {
        for file in files(&fixed)? {
            let path = file.strip_prefix(&fixed)?.to_string_lossy().into_owned();
            bundle.add(&path, fs::read(&file)?);
        }
    }
    Ok(bundle)
}

/// All sheets as one: the layers first, the others in the order of their paths.
fn style(web: &Path) -> Result<String> {
    let mut style = read(web, LAYERS)?;
    let layers = web.join(LAYERS);
    for file in files(&web.join("style"))? {
        if file.extension().is_some_and(|extension| extension == "css") && file != layers {
            style.push_str(&fs::read_to_string(&file)?);
        }
    }
    Ok(style)
}

/// Every line without the white space before it, which only people need and everybody would download. Neither the
/// sheets nor the glue have texts of several lines.
fn flush(text: &str) -> String {
    text.lines().flat_map(|line| [line.trim_start(), "\n"]).collect()
}

fn read(web: &Path, file: &str) -> Result<String> {
    fs::read_to_string(web.join(file)).with_context(|| format!("cannot read web/{file}"))
}

/// Replaces each `{{name}}` in `template`.
fn fill(template: &str, values: &[(&str, &str)]) -> Result<String> {
    let mut filled = template.to_owned();
    for (name, value) in values {
        filled = filled.replace(&format!("{{{{{name}}}}}"), value);
    }
    if let Some((_, rest)) = filled.split_once("{{") {
        let name = rest.split("}}").next().unwrap_or(rest);
        bail!("nothing is called {{{{{name}}}}} here");
    }
    Ok(filled)
}

/// Refuses a script within the page, which the content security policy would not run.
fn without_inline_script(page: String) -> Result<String> {
    for script in page.split("<script").skip(1) {
        let attributes = script.split('>').next().unwrap_or(script);
        if !attributes.contains("src=") {
            bail!("the content security policy allows no inline script; put it into boot.js or theme.js");
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_where_they_begin_to_say_something() {
        assert_eq!(flush("a {\n    b: c;\n}\n"), "a {\nb: c;\n}\n");
    }

    #[test]
    fn placeholders_become_paths() {
        let filled = fill("import init from '{{js}}';", &[("js", "/assets/app-1.js")]).unwrap();
        assert_eq!(filled, "import init from '/assets/app-1.js';");
    }

    #[test]
    fn an_unknown_placeholder_is_named() {
        let refused = fill("{{js}} {{font}}", &[("js", "/a.js")]).unwrap_err();
        assert_eq!(refused.to_string(), "nothing is called {{font}} here");
    }

    #[test]
    fn a_page_may_load_a_script_but_not_hold_one() {
        assert!(without_inline_script("<script type=\"module\" src=\"/a.js\"></script>".to_owned()).is_ok());
        assert!(without_inline_script("<script>alert(1)</script>".to_owned()).is_err());
    }

    #[test]
    fn a_page_is_assembled_from_its_parts() {
        let web = tempfile::tempdir().unwrap();
        fs::create_dir_all(web.path().join("style/ui")).unwrap();
        fs::create_dir_all(web.path().join("static")).unwrap();
        for (file, text) in [
            ("style/layers.css", "@layer base, components;\n"),
            ("style/base.css", "@layer base {}\n"),
            ("style/ui/button.css", "@layer components {}\n"),
            ("boot.js", "import init from '{{js}}';\ninit({ module_or_path: '{{wasm}}' });\n"),
            ("theme.js", "document.documentElement.dataset.theme = 'dark';\n"),
            (
                "index.html",
                "<link href=\"{{css}}\"><script src=\"{{theme}}\"></script><script src=\"{{boot}}\">",
            ),
            ("static/icon.svg", "<svg/>"),
        ] {
            fs::write(web.path().join(file), text).unwrap();
        }
        let glue = Glue { js: b"export default 1;\n".to_vec(), wasm: b"module".to_vec() };
        insta::assert_snapshot!(assemble(web.path(), glue).unwrap().listing(), @r#"
        assets/app-96909e1dce85ca53.js
        export default 1;

        assets/app_bg-120970d812836f19.wasm
        module
        assets/boot-cbe91d843d275e19.js
        import init from '/assets/app-96909e1dce85ca53.js';
        init({ module_or_path: '/assets/app_bg-120970d812836f19.wasm' });

        assets/style-083e29b3b156679c.css
        @layer base, components;
        @layer base {}
        @layer components {}

        assets/theme-08be5ead200d72cb.js
        document.documentElement.dataset.theme = 'dark';

        icon.svg
        <svg/>
        index.html
        <link href="/assets/style-083e29b3b156679c.css"><script src="/assets/theme-08be5ead200d72cb.js"></script><script src="/assets/boot-cbe91d843d275e19.js">
        "#);
    }
}
