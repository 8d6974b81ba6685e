# SPDX-License-Identifier: Apache-2.0
#
# gems.rb DIR: a registry of RubyGems as files, as registry_more.py has those of others: of fresh an
# old version and one made now, of tampered other bytes than promised.

require 'digest'
require 'fileutils'
require 'rubygems/package'
require 'zlib'

OLD = '2020-01-02T03:04:05Z'.freeze
NOW = Time.now.utc.strftime('%Y-%m-%dT%H:%M:%SZ')
GEMS = [['pad', '1.0', OLD], ['fresh', '1.0', OLD], ['fresh', '1.1', NOW], ['tampered', '1.0', OLD],
        ['needy', '1.0', OLD]].freeze

top = File.expand_path(ARGV[0])
%w[gems info quick/Marshal.4.8 build/lib].each { |dir| FileUtils.mkdir_p("#{top}/#{dir}") }
Dir.chdir("#{top}/build")
GEMS.each do |name, version, created|
  spec = Gem::Specification.new do |s|
    s.name, s.version, s.summary, s.authors = name, version, name, ['test']
    s.files = ["lib/#{name}.rb"]
    s.add_dependency('pad', '~> 1.0') if name == 'needy'
  end
  write = ->(text) { File.write("lib/#{name}.rb", text) }
  write.call("#{name.upcase} = '#{version}'\n")
  gem = File.binread(Gem::Package.build(spec, true))
  line = "#{version} #{'pad:~> 1.0' if name == 'needy'}|checksum:#{Digest::SHA256.hexdigest(gem)},created_at:#{created}\n"
  info = "#{top}/info/#{name}"
  File.write(info, "---\n") unless File.exist?(info)
  File.write(info, line, mode: 'a')
  write.call("raise 'tampered'\n") if name == 'tampered'
  FileUtils.mv(Gem::Package.build(spec, true), "#{top}/gems")
  File.binwrite("#{top}/quick/Marshal.4.8/#{spec.full_name}.gemspec.rz", Zlib.deflate(Marshal.dump(spec)))
end
lines = GEMS.group_by(&:first).map do |name, all|
  "#{name} #{all.map { |gem| gem[1] }.join(',')} #{Digest::MD5.hexdigest(File.read("#{top}/info/#{name}"))}\n"
end
File.write("#{top}/versions", "created_at: #{OLD}\n---\n#{lines.join}")
